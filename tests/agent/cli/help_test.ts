import assert from "node:assert/strict";
import { VERSION } from "../../../src/shared/version.ts";
import { outputOf, testWith } from "../../support/installed.ts";
import { runCommand as run } from "../../support/run_command.ts";

Deno.test("help says what --help says", async () => {
  for (const command of [[], ["status"], ["config", "check"], ["help"]]) {
    const { code, stdout } = await run("help", ...command);
    assert.equal(code, 0);
    assert.match(stdout, new RegExp(`^Usage: ${["agent", ...command].join(" ")} `));
    assert.equal(stdout.includes("Exit statuses:"), command.length === 0);
  }
});

Deno.test("help of a command that there is not names it and what to try", async () => {
  const { code, stdout, stderr } = await run("help", "config", "chek");
  assert.deepEqual([code, stdout], [2, ""]);
  assert.equal(stderr, 'Error: There is no command "config chek"\nTry: agent config --help\n');
});

Deno.test("help is asked for by -h too, and the version by -V", async () => {
  const [long, short] = [await run("status", "--help"), await run("status", "-h")];
  assert.deepEqual(short, long);
  assert.match(long.stdout, /-h, --help\s+show help/);
  const version = await run("-V");
  assert.deepEqual([version.code, version.stdout], [0, `${VERSION}\n`]);
});

testWith("bash", "help and TAB offer the commands", async () => {
  const { stdout } = await run("completions", "bash");
  const input = `${stdout}\nCOMP_WORDS=(agent help sta); COMP_CWORD=2; _agent; ` +
    `printf '%s ' "\${COMPREPLY[@]}"`;
  assert.equal((await outputOf(["bash"], { input })).trim(), "status");
});

Deno.test("help man prints a page with every command in it", async () => {
  const { code, stdout } = await run("help", "man");
  assert.equal(code, 0);
  assert.ok(stdout.startsWith(`.TH "AGENT" 1 "" "agent ${VERSION}"`), stdout.slice(0, 80));
  for (const command of ["register", "run", "status", "config check", "completions", "help"]) {
    assert.match(stdout, new RegExp(`^\\.SS "agent ${command}"$`, "m"));
  }
  assert.match(stdout, /^\.SH "EXIT STATUSES"$/m);
});

testWith("groff", "help man is roff that groff has no complaint about", async () => {
  const { stdout } = await run("help", "man");
  await outputOf(["groff", "-man", "-Tutf8", "-ww"], { input: stdout });
});

Deno.test("completions of every shell name every command and its options", async () => {
  for (const shell of ["bash", "zsh", "fish", "powershell"]) {
    const { code, stdout, stderr } = await run("completions", shell);
    assert.deepEqual([code, stderr], [0, ""]);
    for (const word of ["register", "send-test-event", "verification-mode", "check"]) {
      assert.ok(stdout.includes(word), `${shell}: ${word}`);
    }
  }
});

Deno.test("completions for an unknown shell name those that there are", async () => {
  const { code, stderr } = await run("completions", "tcsh");
  assert.equal(code, 2);
  assert.match(stderr, /'tcsh' is invalid.*Allowed choices are bash, zsh, fish, powershell/);
});
