import assert from "node:assert/strict";
import { listOptions } from "../../../src/agent/config/options.ts";
import { givenByYaml } from "../../../src/shared/config/yaml_source.ts";
import { MAX_TOKENS } from "../../../src/shared/config/yaml_size.ts";

const MEBIBYTE = 1_048_576;
const options = listOptions("linux");

function read(text: string) {
  const origin = { source: "shared", file: "web.yml" } as const;
  return givenByYaml(text, { origin, env: undefined, options, foreignSections: true });
}

function filled(unit: string): string {
  return unit.repeat(MEBIBYTE / unit.length);
}

// Each of these took seconds to a minute to refuse when all of it was parsed.
const EXPENSIVE: Record<string, string> = {
  "a long flow": `a: [${filled("1,")}`,
  "flows without end": filled("{a: "),
  "closing brackets": filled("[a]]\n"),
  "errors in each line": filled("a: b: c\n"),
  "bad escapes in one text": `a: "${filled("\\x")}"`,
  "anchors": filled("&a "),
  "aliases after a long list": `l: [${filled("1,")}]\na: &a 1\nb: [${"*a,".repeat(100)}]`,
};

for (const [name, text] of Object.entries(EXPENSIVE)) {
  Deno.test(`givenByYaml() refuses a mebibyte of ${name} before it is parsed`, () => {
    const { given, problems } = read(text);
    assert.deepEqual(given, []);
    assert.equal(problems.length, 1);
    assert.match(problems[0]?.text ?? "", new RegExp(`more than ${MAX_TOKENS} words and signs`));
  });
}

Deno.test("givenByYaml() says where the word or sign stands that is one too many", () => {
  const { problems } = read("- 1\n".repeat(MAX_TOKENS));
  const place = problems[0]?.place;
  assert.ok(place !== undefined && "line" in place);
  assert.ok(place.line > 10_000 && place.line < MAX_TOKENS, `line ${place.line}`);
});

Deno.test("givenByYaml() takes the longest list of followed files that is allowed", () => {
  const files = Array.from(
    { length: 1_000 },
    (_, index) => `    - {location: /var/log/${index}.log, exclude: [/var/log/a, /var/log/b]}\n`,
  );
  const { given, problems } = read(`logcollector:\n  localfiles:\n${files.join("")}`);
  assert.deepEqual(problems, []);
  assert.equal((given[0]?.value as unknown[]).length, 1_000);
});

Deno.test("givenByYaml() gives the same value for each use of an alias", () => {
  const list = "l: &l [{location: /var/log/a}]\nlogcollector: {localfiles: *l}\n";
  assert.deepEqual(read(list).given[0]?.value, [{ location: "/var/log/a" }]);
});
