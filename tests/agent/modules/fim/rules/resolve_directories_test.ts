import assert from "node:assert/strict";
import { resolveDirectories } from "../../../../../src/agent/modules/fim/rules/resolve_directories.ts";
import { DenoTree } from "../../../../../src/agent/modules/fim/tree/deno_tree.ts";
import { TempFolder } from "../../../../support/queues.ts";
import { directory } from "../support/directories.ts";

function resolve(...paths: string[]) {
  const tree = new DenoTree();
  const realPath = (path: string) => {
    try {
      return Deno.realPathSync(path);
    } catch {
      return undefined;
    }
  };
  return resolveDirectories(paths.map((path) => directory(path)), { tree, realPath });
}

Deno.test("resolveDirectories: * and ? stand for the names that are there now", () => {
  using folder = new TempFolder();
  const root = Deno.realPathSync(folder.path);
  for (const name of ["ana", "bob", "carol"]) {
    Deno.mkdirSync(`${root}/${name}/.ssh`, { recursive: true });
  }
  const paths = (pattern: string) =>
    resolve(`${root}/${pattern}`).directories.map(({ path }) => path.slice(root.length));
  assert.deepEqual(paths("*/.ssh"), ["/ana/.ssh", "/bob/.ssh", "/carol/.ssh"]);
  assert.deepEqual(paths("?ob"), ["/bob"]);
  assert.deepEqual(paths("nobody/*"), []);
});

Deno.test("resolveDirectories: a folder that is a link is watched once, where it leads, and the link itself too", () => {
  using folder = new TempFolder();
  const root = Deno.realPathSync(folder.path);
  Deno.mkdirSync(`${root}/usr/bin`, { recursive: true });
  Deno.symlinkSync("usr/bin", `${root}/bin`);
  const { directories } = resolve(`${root}/usr/bin`, `${root}/bin`);
  assert.deepEqual(directories.map(({ path, recursionLevel }) => [path, recursionLevel]), [
    [`${root}/usr/bin`, 256],
    [`${root}/bin`, -1],
  ]);
});

Deno.test("resolveDirectories: a folder that is not there is kept, since it may come", () => {
  assert.deepEqual(resolve("/no/such").directories.map(({ path }) => path), ["/no/such"]);
});

Deno.test("resolveDirectories: of more than 10,000 folders the first are watched, and it is said", () => {
  const paths = Array.from({ length: 10_001 }, (_, index) => `/no/such/${index}`);
  const { directories, problem } = resolve(...paths);
  assert.equal(directories.length, 10_000);
  assert.match(problem ?? "", /10001 folders are meant/);
});
