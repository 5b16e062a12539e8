import assert from "node:assert/strict";
import * as z from "zod";
import { availableOn } from "../../../src/shared/config/availability.ts";
import * as field from "../../../src/shared/config/fields.ts";
import type { Given, Place } from "../../../src/shared/config/given.ts";
import { optionsOf } from "../../../src/shared/config/options.ts";

const schema = z.strictObject({
  part: field.section("A part.", {
    audit: field.toggle({ default: false, about: "Audit.", platforms: ["linux"], live: false }),
    level: field.toggle({ default: false, about: "Level.", shareable: true }),
  }, { live: true }),
});
const options = optionsOf(schema, (path) => path.toUpperCase());

function given(path: string, source: "file" | "shared"): Given {
  const place: Place = { source, file: "a.yaml", line: 1, column: 1 };
  return { path, value: true, place, shown: () => "true", placeOf: () => place };
}

Deno.test("a field says itself what it leaves not to its section", () => {
  const traits = [...options.values()].map(({ path, live, shareable, platforms }) =>
    [path, live, shareable, platforms] as const
  );
  assert.deepEqual(traits, [
    ["part.audit", false, false, ["linux"]],
    ["part.level", true, true, undefined],
  ]);
});

Deno.test("availableOn() refuses an option of another system on the machine, and passes it over in a group's file", () => {
  const all = [
    given("part.audit", "file"),
    given("part.level", "file"),
    given("part.audit", "shared"),
  ];
  const here = availableOn("linux", all, options);
  assert.deepEqual([here.given.length, here.problems], [3, []]);
  const there = availableOn("windows", all, options);
  assert.deepEqual(there.given.map(({ path }) => path), ["part.level"]);
  assert.deepEqual(there.problems.map(({ text }) => text), [
    "part.audit is an option on linux only, not on windows",
  ]);
});
