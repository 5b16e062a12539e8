/**
 * Managers as processes of their own, that can be killed, stopped for a while, and started again.
 *
 * @module
 */

import { join } from "node:path";

const MAIN = new URL("../../src/manager/main.ts", import.meta.url).pathname;
const ROOT = new URL("../../", import.meta.url).pathname;

/** One of them. It keeps its ports and its folder. */
export class ManagerProcess {
  readonly node: string;
  readonly #args: readonly string[];
  readonly #log: string;
  #child: Deno.ChildProcess | undefined;
  #ports = { management: 0, comms: 0 };

  constructor({ node, folder, args }: { node: string; folder: string; args: readonly string[] }) {
    this.node = node;
    this.#args = [...args, "--node", node, "--data-dir", join(folder, node)];
    this.#log = join(folder, `${node}.log`);
  }

  get management(): string {
    return `http://127.0.0.1:${this.#ports.management}`;
  }

  get comms(): string {
    return `http://127.0.0.1:${this.#ports.comms}`;
  }

  /** Starts it, and waits until it is ready. @throws Error with the end of its log when it ends instead */
  async start(): Promise<void> {
    const { management, comms } = this.#ports;
    const child = new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "--quiet", "-P=manager", MAIN, ...this.#args],
        ...["--management-port", String(management), "--comms-port", String(comms)],
      ],
      cwd: ROOT,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      env: { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
    }).spawn();
    this.#child = child;
    const log = await Deno.open(this.#log, { create: true, append: true });
    void child.stderr.pipeTo(log.writable).catch(() => {});
    const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    const { value } = await reader.read();
    if (value === undefined) {
      throw new Error(
        `${this.node} has ended:\n${(await Deno.readTextFile(this.#log)).slice(-2_000)}`,
      );
    }
    const { management_url, comms_url } = JSON.parse(value);
    this.#ports = {
      management: Number(new URL(management_url).port),
      comms: Number(new URL(comms_url).port),
    };
    void reader.read();
  }

  /** Ends it: at once, or in good order. */
  async end(signal: "SIGKILL" | "SIGTERM"): Promise<void> {
    this.signal(signal);
    await this.#child?.status;
  }

  signal(signal: Deno.Signal): void {
    this.#child?.kill(signal);
  }
}
