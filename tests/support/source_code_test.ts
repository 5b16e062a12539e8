import assert from "node:assert/strict";
import { COMPUTED, exportsOf, findCycle, importsOf, ROOT, unusedExports } from "./source_code.ts";

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

Deno.test("a file is found by whatever way it is named: a URL, a path from the root, by resolving", () => {
  const ways = [
    `§ "file://${ROOT}/src/agent/agent.ts";`,
    `§ { a } from "${ROOT}/src/agent/agent.ts";`,
    `new Worker(new URL("../agent/agent.ts", §.meta.url));`,
    `§.meta.resolve("../agent/agent.ts");`,
  ];
  for (const way of ways) {
    const found = importsOf(new Map([["src/manager/a.ts", source(way)]]));
    assert.deepEqual(found.map(({ to }) => to), ["src/agent/agent.ts"], way);
  }
  const computed = importsOf(new Map([["src/a.ts", source("§.meta.resolve(name)")]]));
  assert.deepEqual(computed.map(({ to }) => to), [COMPUTED]);
});

Deno.test("every form of export is read, under the name that others see", () => {
  const forms = [
    ["export { x as y };", "y"],
    ["export { x, type T };", "x,T"],
    ['export { x as z } from "./b.ts";', "z"],
    ["export const { a, b: c } = f();", "a,c"],
    ["export const [d, e] = f();", "d,e"],
    ["export let g, h;", "g,h"],
    ["export default 5;", "default"],
    ["export default function f() {}", "default"],
    ["/** export const no = 1; */", ""],
  ] as const;
  for (const [text, names] of forms) {
    const found = exportsOf(new Map([["src/a.ts", text]]));
    assert.equal(found.map(({ name }) => name).join(), names, text);
  }
  const taken = importsOf(new Map([["src/b.ts", source('§ d, { e } from "./a.ts";')]]));
  assert.deepEqual(taken.map(({ names }) => names), [["default", "e"]]);
});
