import assert from "node:assert/strict";
import { Argument, Command, Option } from "@commander-js/extra-typings";
import { completionFor } from "../../../../src/agent/cli/completions.ts";
import { commandTree } from "../../../../src/agent/cli/shells/command_tree.ts";
import { outputOf, testWith } from "../../../support/installed.ts";

/** A program with one of everything, and with words that each shell would take for its own. */
function program() {
  const tool = new Command("tool").description("does it").version("1.0.0", "-V, --version");
  tool.command("put").description("it's [kept]: for $HOME and `ls`")
    .option("--into <folder>", "where to")
    .option("-m, --mode <mode>", "how; not 'why'")
    .addOption(new Option("--colour <name>", 'which "one"').choices(["red", "green"]));
  const nested = tool.command("part").description("parts");
  nested.command("list").description("all").option("--config <file>", "from a file");
  nested.command("drop").description("one").addArgument(
    new Argument("<what>", "which").choices(["first", "last"]),
  );
  tool.addCommand(new Command("secret"), { hidden: true });
  return commandTree(tool);
}

const scripts = {
  bash: await completionFor("bash", program()),
  zsh: await completionFor("zsh", program()),
  fish: await completionFor("fish", program()),
  powershell: await completionFor("powershell", program()),
};

/** What a line is completed with, in every shell alike. */
const CASES: readonly [string[], string[]][] = [
  [["tool", "p"], ["part", "put"]],
  [["tool", "part", ""], ["drop", "list"]],
  [["tool", "part", "list", "--c"], ["--config"]],
  [["tool", "put", "--colour", ""], ["green", "red"]],
  [["tool", "put", "--colour", "g"], ["green"]],
  [["tool", "part", "drop", "f"], ["first"]],
  [["tool", "put", "--mode", ""], []],
  [["tool", "put", "-m", "part", "--in"], ["--into"]],
  [["tool", "--v"], ["--version"]],
  [["tool", "s"], []],
];

async function bashCompletes(words: string[]): Promise<string[]> {
  const list = words.map((word) => `'${word}'`).join(" ");
  const input = `${scripts.bash}
COMP_WORDS=(${list}); COMP_CWORD=${words.length - 1}; _tool; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return linesOf(await outputOf(["bash"], { input }));
}

async function fishCompletes(words: string[]): Promise<string[]> {
  const line = words.join(" ");
  const input = `set -gx HOME (mktemp -d)
${scripts.fish}
complete -C '${line}'`;
  const lines = linesOf(await outputOf(["fish", "--no-config"], { input }));
  return lines.map((each) => each.split("\t")[0] ?? "");
}

function linesOf(text: string): string[] {
  return text.split("\n").filter((line) => line !== "").toSorted();
}

testWith("bash", "the bash completion offers what may stand at each place", async () => {
  for (const [words, expected] of CASES) {
    const offered = (await bashCompletes(words)).filter((word) => !word.startsWith("-h"));
    assert.deepEqual(offered, expected, words.join(" "));
  }
});

testWith("bash", "the bash completion knows a value behind an equals sign", async () => {
  assert.deepEqual(await bashCompletes(["tool", "put", "--colour", "=", "r"]), ["red"]);
  assert.deepEqual(await bashCompletes(["tool", "put", "--colour", "="]), ["green", "red"]);
});

testWith("bash", "the bash completion offers files and folders", async () => {
  const folder = await Deno.makeTempDir();
  try {
    Deno.writeTextFileSync(`${folder}/a file`, "");
    Deno.mkdirSync(`${folder}/a folder`);
    const files = await bashCompletes(["tool", "part", "list", "--config", `${folder}/a`]);
    assert.deepEqual(files, [`${folder}/a file`, `${folder}/a folder`]);
    const folders = await bashCompletes(["tool", "put", "--into", `${folder}/a`]);
    assert.deepEqual(folders, [`${folder}/a folder`]);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

testWith("shellcheck", "shellcheck finds nothing in the bash completion", async () => {
  await outputOf(["shellcheck", "-"], { input: scripts.bash });
});

testWith("fish", "the fish completion offers what may stand at each place", async () => {
  for (const [words, expected] of CASES) {
    assert.deepEqual(await fishCompletes(words), expected, words.join(" "));
  }
});

testWith("zsh", "the zsh completion is a script that zsh reads", async () => {
  await outputOf(["zsh", "-f", "-n"], { input: scripts.zsh });
});

testWith(
  "zsh",
  "the zsh completion finds the command that is typed, and what it takes",
  async () => {
    const list = await zshSpecs("tool part list");
    assert.match(list, /^--config=\[from a file\]:file:_files$/m);
    const put = await zshSpecs("tool put");
    assert.match(put, /^--into=\[where to\]:folder:_files -\/$/m);
    assert.match(put, /^--colour=\[which "one"\]:name:\(red green\)$/m);
    assert.match(put, /^\(-m --mode\)--mode=\[how; not 'why'\]:mode: $/m);
    assert.match(await zshSpecs("tool part drop"), /^:what:\(first last\)$/m);
    assert.match(await zshSpecs("tool part"), /^list:all$/m);
    assert.match(await zshSpecs("tool"), /^put:it's \[kept\]: for \$HOME and `ls`$/m);
  },
);

/**
 * What the script hands to zsh for a line. zsh completes only at a terminal, so that its two
 * functions are stood in for; the first keeps to what zshcompsys(1) says of `state` and `words`.
 */
async function zshSpecs(line: string): Promise<string> {
  const input = `compdef() { }
_arguments() {
  [[ $1 == -C ]] || { print -rl -- "$@"; return }
  if (( $#words > 1 )); then state=rest words=("\${(@)words[2,-1]}"); else state=command; fi
}
_describe() { print -rl -- "\${(@P)4}" }
${scripts.zsh}
words=(${line}); _tool`;
  return await outputOf(["zsh", "-f"], { input });
}

Deno.test("the PowerShell completion names every command, option and choice once", () => {
  const { powershell } = scripts;
  for (const word of ["'put'", "'--into'", "'-m'", "'drop'", "'first'"]) {
    assert.ok(powershell.includes(`@(${word}, `), word);
  }
  assert.match(powershell, /'tool put --colour' = @\('red', 'green'\)/);
  assert.match(powershell, /'it''s \[kept\]: for \$HOME and `ls`'/);
  const keys = [...powershell.matchAll(/^ +('[^']+') = /gm)].map(([, key]) => key?.toLowerCase());
  assert.equal(new Set(keys).size, keys.length, "a key twice is an error to PowerShell");
});

testWith("pwsh", "the PowerShell completion is a script that PowerShell reads", async () => {
  await outputOf(["pwsh", "-NoProfile", "-Command", "-"], { input: scripts.powershell });
});

Deno.test("no completion offers a hidden command", () => {
  for (const [shell, script] of Object.entries(scripts)) {
    assert.ok(!script.includes("secret"), shell);
  }
});
