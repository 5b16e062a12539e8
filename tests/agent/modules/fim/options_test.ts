import assert from "node:assert/strict";
import { resolveConfig } from "../../../../src/agent/config/load.ts";

function load(text: string) {
  return resolveConfig({ path: "/etc/agent/agent.yaml", text }, { env: {}, platform: "linux" })
    .config.fim;
}

Deno.test("fim.directories: a folder is a path, or a map with options of its own; relative paths are the file's", () => {
  const { directories } = load("fim.directories: [/etc, sub, { path: other, tags: [x] }]\n");
  assert.deepEqual(directories.slice(0, 2), ["/etc", "/etc/agent/sub"]);
  const [, , map] = directories;
  assert.ok(typeof map === "object");
  assert.deepEqual([map.path, map.hashes, map.recursion_level, map.tags], [
    "/etc/agent/other",
    ["sha256"],
    256,
    ["x"],
  ]);
});

Deno.test("fim.directories: what is wrong is said of the part that is wrong", () => {
  const problem = (text: string) => {
    try {
      load(text);
    } catch (error) {
      return String(error);
    }
    return "none";
  };
  assert.match(
    problem("fim.directories: [{ path: /etc, hashs: [sha1] }]\n"),
    /fim\.directories\[0\]\.hashs is not an option, did you mean hashes\?/,
  );
  assert.match(
    problem("fim.directories: [{ path: /etc, hashes: [sha3] }]\n"),
    /fim\.directories\[0\]\.hashes\[0\] is "sha3", must be one of md5, sha1, sha256/,
  );
  assert.match(problem("fim.directories: [7]\n"), /fim\.directories\[0\] is 7, must be a path/);
  assert.match(problem("fim.directories: [~/x]\n"), /must be written in full/);
  assert.match(problem("fim.directories: [/a/**]\n"), /is "\/a\/\*\*", must be a folder without/);
  const inMap = (text: string) => problem(`fim.directories: [{ path: /etc, ${text} }]\n`);
  assert.match(inMap("recursion_level: -1"), /is -1, must be a whole number from 0 to 2000/);
  assert.match(inMap("recursion_level: all"), /is "all", must be a whole number from 0 to 2000/);
  assert.match(inMap('tags: [""]'), /tags\[0\] is "", must be a word of 1 to 200 characters/);
  assert.match(problem("fim.scan_at: 24:00\n"), /must be a time of day, such as 03:30/);
});
