/**
 * Managers as processes of their own, that can be killed, stopped for a while, and started again.
 *
 * @module
 */

import { join } from "node:path";
import { pause, within } from "./time_limits.ts";

const MAIN = new URL("../../src/manager/main.ts", import.meta.url).pathname;
const ROOT = new URL("../../", import.meta.url).pathname;
const STARTS_WITHIN_MS = 90_000;
const STOPS_WITHIN_MS = 45_000;

/** One of them. It keeps its ports and its folder. */
export class ManagerProcess implements AsyncDisposable {
  readonly node: string;
  readonly #args: readonly string[];
  readonly #log: string;
  #child: Deno.ChildProcess | undefined;
  #isStopped = false;
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

  /** Its process; `undefined` before it is started. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** True while it stands still. */
  get isStopped(): boolean {
    return this.#isStopped;
  }

  /**
   * Starts it, again and again while no NATS server can be reached, as a service manager does, and waits until it is ready.
   *
   * @throws Error with the end of its log when it is not in time
   */
  async start(): Promise<void> {
    const untilMs = performance.now() + STARTS_WITHIN_MS;
    while (!await this.#startOnce()) {
      const end = (await Deno.readTextFile(this.#log)).slice(-500);
      if (performance.now() > untilMs || !end.includes("Cannot connect to the cluster")) {
        throw new Error(`${this.node} does not start:\n${end}`);
      }
      await pause(500);
    }
  }

  /** Kills it. */
  async kill(): Promise<void> {
    this.#signal("SIGKILL");
    await this.#child?.status;
  }

  /** Has it end in good order. @throws Error when it does not */
  async stop(): Promise<void> {
    const ended = this.#child?.status ?? Promise.resolve(undefined);
    this.#signal("SIGTERM");
    const status = await within(`${this.node} ends`, STOPS_WITHIN_MS, ended);
    if (status?.code !== 0) throw new Error(`${this.node} ended with ${status?.code}`);
  }

  /** Has it stand still: connections stay, nothing is answered. */
  freeze(): void {
    this.#isStopped = true;
    this.#signal("SIGSTOP");
  }

  /** Has it go on. */
  thaw(): void {
    this.#isStopped = false;
    this.#signal("SIGCONT");
  }

  #signal(signal: Deno.Signal): void {
    try {
      this.#child?.kill(signal);
    } catch {
      // It has ended by itself: the next one who asks it for something finds that.
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill();
  }

  /** Returns false when it has ended instead. */
  async #startOnce(): Promise<boolean> {
    const child = this.#spawn();
    this.#child = child;
    const log = await Deno.open(this.#log, { create: true, append: true });
    const logged = child.stderr.pipeTo(log.writable).catch(() => {});
    const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    const { value } = await within(`${this.node} starts`, STARTS_WITHIN_MS, reader.read());
    if (value === undefined) {
      await logged;
      return false;
    }
    const { management_url, comms_url } = JSON.parse(value);
    const portOf = (url: string) => Number(new URL(url).port);
    this.#ports = { management: portOf(management_url), comms: portOf(comms_url) };
    void reader.read().catch(() => {});
    return true;
  }

  #spawn(): Deno.ChildProcess {
    const { management, comms } = this.#ports;
    return new Deno.Command(Deno.execPath(), {
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
  }
}
