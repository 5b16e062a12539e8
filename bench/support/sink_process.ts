/**
 * The sink as a process of its own, asked for what it has counted.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { readFirstLine } from "../../mock_server/demo/child_process.ts";
import type { CountingServer } from "./agent_stage.ts";
import { pinned } from "./pinned.ts";
import type { SinkBehaviour } from "./sink/app.ts";
import type { Sum, Unit } from "./sink/counter.ts";
import type { ReadyLine } from "./sink/main.ts";
import type { Report } from "./sink/progress.ts";

const PROGRAM = fileURLToPath(new URL("./sink/main.ts", import.meta.url));

/** How a sink is started. */
export interface SinkOptions {
  /**
   * Bytes, events of the agent, or lines numbered from 0, of which `skipBytes` follow the number.
   */
  counts: Unit | { lines: number; skipBytes: number };
  /** Certificate and key, PEM, to listen for TLS too. */
  tls?: { cert: string; key: string };
  /** The processor that it runs on. @default any */
  core?: number | undefined;
}

/** A running sink. Killed when disposed of. */
export class SinkProcess implements CountingServer, AsyncDisposable {
  readonly caCertPath = undefined;
  readonly httpUrl: string;
  /** Empty without TLS. */
  readonly httpsUrl: string;
  /** 0 for a sink that doesn't count lines. */
  readonly tcpPort: number;
  readonly #child: Deno.ChildProcess;

  private constructor(child: Deno.ChildProcess, ready: ReadyLine) {
    this.#child = child;
    this.httpUrl = ready.http_url;
    this.httpsUrl = ready.https_url ?? "";
    this.tcpPort = ready.tcp_port ?? 0;
  }

  /** Starts a sink and waits until it listens. What goes wrong there is on standard error. */
  static async start({ core, ...options }: SinkOptions): Promise<SinkProcess> {
    const run = ["run", "--quiet", "--allow-net=127.0.0.1", PROGRAM, ...sinkArgs(options)];
    const { command, args } = pinned({ command: Deno.execPath(), args: run }, core);
    const piped = { stdin: "null", stdout: "piped" } as const;
    const child = new Deno.Command(command, { args: [...args], ...piped }).spawn();
    const line = await readFirstLine(child.stdout);
    if (line !== "") return new SinkProcess(child, JSON.parse(line));
    const { code } = await child.status;
    throw new Error(`The sink ended with status ${code}`);
  }

  get managementUrl(): string {
    return this.httpUrl;
  }

  get commsUrl(): string {
    return this.httpUrl;
  }

  /** Of a sink that counts events. */
  receivedEvents(): Promise<number> {
    return this.#count();
  }

  /** Of a sink that counts bytes. */
  receivedBytes(): Promise<number> {
    return this.#count();
  }

  /** Resolves once so many different lines have come, at a sink that counts lines. */
  async until(lines: number, signal?: AbortSignal): Promise<Report> {
    const options = { ...(signal && { signal }) };
    return await (await fetch(`${this.httpUrl}/tally?lines=${lines}`, options)).json();
  }

  /** Changes how it takes what is posted from now on. */
  async behave(behaviour: SinkBehaviour): Promise<void> {
    const body = JSON.stringify(behaviour);
    const response = await fetch(`${this.httpUrl}/behaviour`, { method: "PUT", body });
    if (!response.ok) throw new Error(`The sink answered ${response.status}`);
  }

  /** Has it end with this process, where there is no scope to dispose of it. */
  endWithThisProcess(): void {
    addEventListener("unload", () => this.#child.kill("SIGKILL"));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.status;
  }

  async #count(): Promise<number> {
    const { count }: Sum = await (await fetch(`${this.httpUrl}/tally`)).json();
    return count;
  }
}

function sinkArgs({ counts, tls }: Omit<SinkOptions, "core">): string[] {
  const secure = tls === undefined ? [] : [`--cert=${tls.cert}`, `--key=${tls.key}`];
  if (counts === "bytes") return secure;
  if (counts === "events") return [...secure, "--events"];
  const { lines, skipBytes } = counts;
  return [...secure, "--lines", String(lines), "--skip-bytes", String(skipBytes)];
}
