import assert from "node:assert/strict";
import * as z from "zod";
import * as field from "../../../src/shared/config/fields.ts";
import type { Given, Place } from "../../../src/shared/config/given.ts";
import { optionsOf } from "../../../src/shared/config/options.ts";
import { relativePaths, withAbsolutePaths } from "../../../src/shared/config/paths.ts";

const folders = field.list(
  z.strictObject({
    path: field.pathText(),
    label: z.string(),
    but: z.array(field.pathText()).default([]),
  }),
  { error: "must be a list", most: 10, about: "Folders." },
);
const schema = z.strictObject({
  part: field.section("A part.", {
    folders,
    file: field.optionalPath({ about: "A file." }),
    word: field.choice(["a", "b"], { default: "a", about: "A word." }),
  }),
});
const options = optionsOf(schema, (path) => path.toUpperCase());

function absolute(path: string, value: unknown): unknown {
  const place: Place = { source: "file", file: "/etc/app/a.yaml", line: 1, column: 1 };
  const given: Given = { path, value, place, shown: () => "", placeOf: () => place };
  return withAbsolutePaths(given, { options, platform: "linux", folder: "/" }).value;
}

Deno.test("withAbsolutePaths() changes what the schema says is a path, and nothing else", () => {
  assert.equal(absolute("part.file", "x"), "/etc/app/x");
  assert.equal(absolute("part.word", "a"), "a");
  assert.deepEqual(
    absolute("part.folders", [{ path: "x", label: "y", but: ["../z", "/w"] }, { path: "/v" }]),
    [{ path: "/etc/app/x", label: "y", but: ["/etc/z", "/w"] }, { path: "/v" }],
  );
});

Deno.test("withAbsolutePaths() leaves alone what is not of the schema's form", () => {
  for (const value of ["x", 1, null, { path: "x" }, [1, null, [], { other: "x" }]]) {
    assert.deepEqual(absolute("part.folders", value), value);
  }
});

Deno.test("relativePaths() says where in a value a path is not absolute", () => {
  const value = [{ path: "/x", label: "y", but: ["z"] }, { path: "v", label: "w" }];
  assert.deepEqual(relativePaths(folders, value, "linux"), [[0, "but", 0], [1, "path"]]);
});
