/**
 * Whether what the README tells people to type works, and prints what it says.
 *
 * Every block is in one of the tables below, or its commands are run; so a new one cannot be forgotten.
 *
 * @module
 */

import assert from "node:assert/strict";
import { eventually } from "./support/eventually.ts";
import { TempFolder } from "./support/queues.ts";
import { blocksOf, commandsOf, shapeOf } from "./support/readme.ts";

const README = Deno.readTextFileSync("README.md");

/** Blocks to look at, by how they begin. */
const SHOWN = {
  demo: "Manager ready: ",
  ready: '{"ready":true,',
  config: "agent:",
} as const;

/** Commands that are not run here, and why. */
const NOT_RUN: Record<string, string> = {
  "npx -y deno@2.9.6 task test": "this test is a part of it",
  "npx -y deno@2.9.6 task compile agent":
    "needs the base of an executable; tests/ci/compile_test.ts and .ci/run do it where there is one",
  "npx -y deno@2.9.6 task package":
    "needs the compiled agent; tests/ci/package_test.ts packs a stand-in, .ci/run the agent",
  "sudo dpkg --install dist/agent_*.deb":
    "changes the machine; .ci/package_test does it in a scratch root",
  "npx -y deno@2.9.6 task bench": "takes minutes; .ci/run does it with --quick",
  "npx -y deno@2.9.6 task bench:peers": "needs syslog-ng; tests/bench/peers_test.ts has its parts",
  "npx -y deno@2.9.6 task swarm": "takes both cores for a minute; see tests/bench/swarm_test.ts",
};

/** Commands that go on until they are stopped. */
const DEMO = "npx -y deno@2.9.6 task demo";
const MANAGER = "npx -y deno@2.9.6 task manager --data-dir ~/agent-try/manager";
const RUN = "npx -y deno@2.9.6 task agent run";

const shown = new Map(
  Object.entries(SHOWN).map(([name, start]) => [
    name,
    blocksOf(README).find(([first]) => first?.startsWith(start)) ?? [],
  ]),
);
const commands = blocksOf(README)
  .filter(([first = ""]) => !Object.values(SHOWN).some((start) => first.startsWith(start)))
  .flatMap(commandsOf);

/** A shell in which `npx` is this Deno, and `~/agent-try` a folder of its own. */
class Reader implements AsyncDisposable {
  readonly folder = new TempFolder();
  readonly #environment: string[] = [];
  readonly #running: Deno.ChildProcess[] = [];
  readonly #ports: [number, number] = [freePort(), freePort()];

  constructor() {
    const npx = `#!/bin/sh\nshift 2\nexec '${Deno.execPath()}' "$@"\n`;
    Deno.writeTextFileSync(this.folder.file("npx"), npx, { mode: 0o755 });
  }

  /** What stands in the README, with the folder, the ports and the log of this run. */
  here(text: string): string {
    const [management, comms] = this.#ports;
    return text.replaceAll(/(~|\$\{HOME\}|\/home\/you)\/agent-try/g, this.folder.file("agent-try"))
      .replaceAll("/var/log", this.folder.path)
      .replaceAll("55000", String(management)).replaceAll("27000", String(comms));
  }

  /** Runs a command to its end; `export` stays for the ones after it. */
  async type(command: string): Promise<string> {
    if (command.startsWith("export ")) {
      this.#environment.push(this.here(command));
      return "";
    }
    const { code, stdout, stderr } = await this.#command(command).output();
    const text = new TextDecoder();
    assert.equal(code, 0, `${command}\n${text.decode(stdout)}${text.decode(stderr)}`);
    return text.decode(stdout);
  }

  /** Starts a command that goes on, and gives its first line when it prints one. */
  async start(command: string, extra = ""): Promise<string> {
    const child = this.#command(`exec ${command} ${extra}`).spawn();
    this.#running.push(child);
    void child.stderr.pipeTo(new WritableStream()).catch(() => {});
    const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    while (command === MANAGER && !text.includes("\n")) {
      const { value, done } = await reader.read();
      assert.ok(!done, `${command} ended: ${text}`);
      text += value;
    }
    void (async () => {
      while (!(await reader.read()).done);
    })().catch(() => {});
    return text;
  }

  /** The flags that give the manager the ports of this run. */
  get ports(): string {
    const [management, comms] = this.#ports;
    return `--management-port ${management} --comms-port ${comms}`;
  }

  #command(command: string): Deno.Command {
    return new Deno.Command("bash", {
      args: ["-c", [...this.#environment, this.here(command)].join("\n")],
      env: {
        PATH: `${this.folder.path}:${Deno.env.get("PATH")}`,
        NO_COLOR: "1",
        AGENT_PASSWORD: "topsecret",
      },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      // A group of its own: npx and deno task do not hand every signal on.
      detached: true,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#running.toReversed()) {
      Deno.kill(-child.pid, "SIGTERM");
      await child.status;
    }
    this.folder[Symbol.dispose]();
  }
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

Deno.test("every command of the README that is not run here exists in it, with a reason", () => {
  for (const [command, reason] of Object.entries(NOT_RUN)) {
    assert.ok(commands.includes(command), `the README no longer says: ${command}`);
    assert.notEqual(reason, "");
  }
  for (const command of [DEMO, MANAGER, RUN]) assert.ok(commands.includes(command), command);
  for (const [name, block] of shown) assert.notEqual(block.length, 0, name);
});

Deno.test("the demo of the README prints what the README shows", async () => {
  await using reader = new Reader();
  const printed = shapeOf(await reader.type(DEMO));
  for (const line of shown.get("demo") ?? []) {
    if (line === "…") continue;
    const shape = shapeOf(line).replace(/\(and 0 from.*/, "").trim();
    assert.ok(printed.includes(shape), `not printed: ${line}\n${printed}`);
  }
});

Deno.test("the commands of the README work, one after the other", async () => {
  await using reader = new Reader();
  const config = (shown.get("config") ?? []).join("\n");
  for (const command of commands) {
    if (command in NOT_RUN || command === DEMO) continue;
    if (command === MANAGER) {
      Deno.writeTextFileSync(reader.folder.file("agent-try/agent.yaml"), reader.here(config));
      const ready = await reader.start(command, reader.ports);
      assert.equal(ready.trim(), reader.here(shown.get("ready")?.join("\n") ?? ""));
    } else if (command === RUN) {
      await reader.start(command);
      await eventually(
        () => reader.type("npx -y deno@2.9.6 task agent status").catch(() => ""),
        (text) => text !== "",
      );
    } else await reader.type(command);
  }
});
