import assert from "node:assert/strict";
import { FileFinder } from "../../../../../src/agent/modules/logcollector/finding/file_finder.ts";
import {
  checkGlobs,
  checkMatches,
  checkReadable,
} from "../../../../../src/agent/modules/logcollector/finding/location_checks.ts";
import { openBracket } from "../../../../../src/agent/modules/logcollector/finding/unmatched.ts";
import { TempFolder } from "../../../../support/queues.ts";

Deno.test("openBracket() finds the bracket or brace that is never closed", () => {
  const globs = [
    "/a/[ab].log",
    "/a/[]a].log",
    "/a/{b,c}/*",
    "/a/\\[b",
    "/a/b]",
    "/a/[b",
    "/a/{b,c",
  ];
  assert.deepEqual(globs.map(openBracket), [
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
    "[",
    "{",
  ]);
});

Deno.test("find() says of each location that leads to no file why", () => {
  using folder = new TempFolder();
  Deno.writeTextFileSync(folder.file("a.log"), "");
  Deno.writeTextFileSync(folder.file("b.txt.gz"), "");
  const unmatched = (location: string, ...exclude: string[]) => {
    const localfile = {
      location: folder.file(location),
      exclude: exclude.map((x) => folder.file(x)),
    };
    return new FileFinder([localfile]).find().unmatched.get(localfile.location);
  };
  assert.equal(unmatched("*.log"), undefined);
  assert.equal(unmatched("a.log"), undefined);
  assert.equal(unmatched("c.log"), `there is no such file in "${folder.path}"`);
  assert.equal(unmatched("*.err"), `nothing in "${folder.path}" has such a name`);
  assert.equal(unmatched("no/*.log"), `there is no folder "${folder.file("no")}"`);
  assert.equal(unmatched("*.log", "a.*"), "exclude leaves out all that it matches");
  assert.match(unmatched("*.txt*") ?? "", /is compressed/);
  assert.equal(unmatched("[ab.log"), "its [ is not closed");
  const twice = new FileFinder([{ location: folder.file("a.log") }, {
    location: folder.file("*.log"),
  }]);
  assert.deepEqual([...twice.find().unmatched], [], "two locations may lead to one file");
});

Deno.test("the checks name a broken glob, a location without a file and a file that is none", () => {
  using folder = new TempFolder();
  Deno.writeTextFileSync(folder.file("a.log"), "");
  Deno.writeTextFileSync(folder.file("is[one"), "");
  Deno.mkdirSync(folder.file("folder.log"));
  const of = (...names: string[]) => ({
    localfiles: names.map((name) => ({ location: folder.file(name) })),
    follow_links: "owner" as const,
  });
  const ok = [checkGlobs, checkMatches, checkReadable].map((check) => check(of("a.log", "is[one")));
  assert.deepEqual(ok.map(({ status }) => status), ["ok", "ok", "ok"]);
  const broken = checkGlobs(of("x[y.log"));
  assert.deepEqual([broken.status, broken.message], [
    "fail",
    `the [ of "${folder.file("x[y.log")}" is not closed`,
  ]);
  const none = checkMatches(of("x.log"));
  assert.deepEqual([none.status, none.message], [
    "warn",
    `no file matches "${folder.file("x.log")}": there is no such file in "${folder.path}"`,
  ]);
  const odd = checkReadable(of("folder.log"));
  assert.deepEqual([odd.status, odd.message], [
    "warn",
    `cannot read "${folder.file("folder.log")}": not a regular file`,
  ]);
});
