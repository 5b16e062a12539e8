import assert from "node:assert/strict";
import { splitCommand } from "../../../../../src/agent/modules/sca/language/command_words.ts";

const COMMANDS: readonly (readonly [command: string, ...words: string[]])[] = [
  ["sysctl kernel.x", "sysctl", "kernel.x"],
  ["  a   b  ", "a", "b"],
  ['stat -c "%a %u" /etc', "stat", "-c", "%a %u", "/etc"],
  ['a "" b', "a", "", "b"],
  ['pre"mid dle"post', "premid dlepost"],
  [String.raw`a\ b c`, "a b", "c"],
  [String.raw`sh -c "echo \"x\" \$1 | grep '\s\\d'"`, "sh", "-c", `echo "x" $1 | grep '\\s\\d'`],
  ["grep 'a b' c", "grep", "'a", "b'", "c"],
  ["a;b | c > d", "a;b", "|", "c", ">", "d"],
  ["a\\", "a\\"],
  [""],
];

for (const [command, ...words] of COMMANDS) {
  Deno.test(`splitCommand() makes ${words.length} words of ${JSON.stringify(command)}`, () => {
    assert.deepEqual(splitCommand(command), { words, isUnclosed: false });
  });
}

Deno.test("splitCommand() says of a quote that is never closed that it is open", () => {
  assert.deepEqual(splitCommand('a "b c'), { words: ["a", "b c"], isUnclosed: true });
});
