import assert from "node:assert/strict";
import { COMPUTED, exportsOf, findCycle, importsOf, unusedExports } from "./source_code.ts";

/** Text of a source; § stands for the word that would make this file import what its samples do. */
const source = (text: string) => text.replaceAll("§", "import");

Deno.test("every kind of import is read, and one that cannot be read is not passed over", () => {
  const text = `
§ { a, type B as C } from "./one.ts";
§ type { D } from "../two.ts";
§ "./three.ts";
§ * as four from "hono/body-limit";
export { e } from "./five.ts";
/** § { no } from "./comment.ts" */
const { f, g } = await §("./six.ts");
const h = (await §("./seven.ts")).h;
`;
  assert.deepEqual(
    importsOf(new Map([["src/x/file.ts", source(text)]])).map((
      { to, names },
    ) => [to, names.join()]),
    [
      ["src/x/one.ts", "a,B"],
      ["src/two.ts", "D"],
      ["src/x/three.ts", "*"],
      ["hono/body-limit", "*"],
      ["src/x/five.ts", "e"],
      ["src/x/six.ts", "f,g"],
      ["src/x/seven.ts", "h"],
    ],
  );
  const computed = importsOf(new Map([["src/file.ts", source("await §(name)")]]));
  assert.deepEqual(computed.map(({ to }) => to), [COMPUTED]);
});

Deno.test("an export counts as used when another file takes it, by its name or all of its file", () => {
  const sources = new Map([
    ["src/a.ts", "export function one() {}\nexport type Two = 2;\nexport const three = one();"],
    ["src/b.ts", "export class B {}"],
    ["src/c.ts", source('§ { one } from "./a.ts";\n§ * as b from "./b.ts";')],
  ]);
  const unused = unusedExports(exportsOf(sources), importsOf(sources));
  assert.deepEqual(unused.map(({ name }) => name), ["Two", "three"]);
});

Deno.test("findCycle() gives the files along a cycle, and nothing for two ways to one file", () => {
  const [a, b, c] = ["src/a.ts", "src/b.ts", "src/c.ts"] as const;
  const arrow = (from: string, to: string) => ({ from, to, names: [] });
  assert.deepEqual(findCycle([arrow(a, b), arrow(b, c), arrow(c, b)]), [b, c, b]);
  assert.equal(findCycle([arrow(a, b), arrow(a, c), arrow(b, c)]), undefined);
});
