import assert from "node:assert/strict";
import { resolveConfig } from "../../../../../src/agent/config/load.ts";
import { AgentError } from "../../../../../src/shared/errors.ts";
import { ScanBudget } from "../../../../../src/agent/modules/logcollector/finding/bounded_glob.ts";
import { FileFinder } from "../../../../../src/agent/modules/logcollector/finding/file_finder.ts";
import { patternCount } from "../../../../../src/agent/modules/logcollector/finding/glob_cost.ts";
import { LinkRule } from "../../../../../src/agent/modules/logcollector/finding/link_rule.ts";

const TEN = "{0,1,2,3,4,5,6,7,8,9}";

function problemsWith(...locations: string[]): string {
  const localfiles = JSON.stringify(locations.map((location) => ({ location })));
  try {
    resolveConfig(undefined, {
      env: {},
      platform: "linux",
      shared: [{ name: "web", text: `logcollector: {localfiles: ${localfiles}}` }],
    });
    return "";
  } catch (error) {
    assert.ok(error instanceof AgentError);
    return error.message;
  }
}

Deno.test("patternCount() multiplies groups, adds nested ones, and counts ranges", () => {
  const counts = ["/a", "/{a,b}{c,d}", "/{a,{b,c}}", "/{1..10}", "/{a..c}{1..3}", "/{a}", "/{a,b"];
  assert.deepEqual(counts.map(patternCount), [1, 4, 3, 10, 9, 1, 2]);
});

Deno.test("resolveConfig() refuses a location whose braces make ten million patterns, without making them", () => {
  const why = /must not stand for more than 1000 patterns by its braces/;
  assert.match(problemsWith(`/var/log/${TEN.repeat(7)}.log`), why);
  assert.match(problemsWith("/var/log/{1..10000000}.log"), why);
  assert.equal(problemsWith(`/var/log/${TEN.repeat(3)}.log`), "");
});

Deno.test("resolveConfig() refuses braces that are fine each and too many together", () => {
  const names = (count: number) =>
    Array.from({ length: count }, (_, index) => `/var/log/${index}${TEN.repeat(3)}.log`);
  assert.equal(problemsWith(...names(10)), "");
  assert.match(problemsWith(...names(11)), /must not stand for more than 10000 patterns/);
});

Deno.test("resolveConfig() refuses names with so many stars that matching them never ends", () => {
  assert.match(
    problemsWith("/var/log/*a*a*a*a*a*b"),
    /must not have more than 4 stars in one name/,
  );
  assert.equal(problemsWith("/var/log/**/*-*-*.*"), "");
});

function manyFolders(): { folder: string } & Disposable {
  const folder = Deno.makeTempDirSync();
  for (const name of ["a", "b", "c", "d"]) {
    Deno.mkdirSync(`${folder}/${name}/deep`, { recursive: true });
    for (let file = 0; file < 5; file++) {
      Deno.writeTextFileSync(`${folder}/${name}/deep/${file}.log`, "");
    }
  }
  return { folder, [Symbol.dispose]: () => Deno.removeSync(folder, { recursive: true }) };
}

Deno.test("FileFinder.find() ends a look at /** after its bound, says so, and keeps what it found", () => {
  using made = manyFolders();
  const localfiles = [{ location: `${made.folder}/**` }, {
    location: `${made.folder}/a/deep/0.log`,
  }];
  const finder = new FileFinder(localfiles, new LinkRule("owner"), { entries: 20 });
  const { files, problems } = finder.find();
  assert.ok(files.length > 1 && files.length < 20, `${files.length} files`);
  assert.match(problems.get(`${made.folder}/**`) ?? "", /only part .* after 20 names/);
  assert.deepEqual(finder.find().files.map(({ path }) => path), files.map(({ path }) => path));
  const roomy = new FileFinder(localfiles).find();
  assert.deepEqual([roomy.files.length, roomy.problems.has(`${made.folder}/**`)], [20, false]);
});

Deno.test("FileFinder.find() takes plain paths also when nothing is left for globs", () => {
  using made = manyFolders();
  const location = `${made.folder}/d/deep/4.log`;
  const localfiles = [{ location: `${made.folder}/**` }, { location }];
  const { files } = new FileFinder(localfiles, new LinkRule("owner"), { entries: 1 }).find();
  assert.ok(files.some(({ path }) => path === location));
});

Deno.test("ScanBudget ends by time, too", () => {
  let nowMs = 0;
  const budget = new ScanBudget({ timeMs: 10 }, () => nowMs);
  assert.ok(budget.spend());
  nowMs = 11;
  assert.ok(!budget.spend() && budget.isSpent);
  assert.match(budget.problem, /after 10 ms/);
});
