/**
 * The sink as the comparison sees it: a process on a port, asked for what it has counted.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { bytesBehindNumber } from "./input.ts";
import type { Report } from "./sink/progress.ts";

const PROGRAM = fileURLToPath(new URL("./sink/main.ts", import.meta.url));

/** How a sink is started. */
export interface SinkOptions {
  /** Lines that it is going to be sent, numbered from 0. */
  lines: number;
  lineBytes: number;
  /** The processor that it runs on. @default any */
  core: number | undefined;
}

/** A running sink. Killed when disposed of. */
export class SinkProcess implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #output: ReadableStream<string>;
  httpUrl = "";
  tcpPort = 0;

  private constructor({ lines, lineBytes, core }: SinkOptions) {
    const args = ["run", "--quiet", "--allow-net=127.0.0.1", PROGRAM];
    const all = [
      ...args,
      "--lines",
      String(lines),
      "--skip-bytes",
      String(bytesBehindNumber(lineBytes)),
    ];
    const pin = core === undefined ? [] : ["taskset", "--cpu-list", String(core)];
    const [program = "", ...rest] = [...pin, Deno.execPath(), ...all];
    const piped = { stdin: "null", stdout: "piped" } as const;
    this.#child = new Deno.Command(program, { args: rest, ...piped }).spawn();
    this.#output = this.#child.stdout.pipeThrough(new TextDecoderStream());
  }

  /** Starts a sink and waits until it listens. */
  static async start(options: SinkOptions): Promise<SinkProcess> {
    const sink = new SinkProcess(options);
    const { http_url, tcp_port } = JSON.parse(await sink.#firstLine());
    sink.httpUrl = http_url;
    sink.tcpPort = tcp_port;
    return sink;
  }

  /** Resolves once so many different lines have come. */
  async until(lines: number, signal?: AbortSignal): Promise<Report> {
    const response = await fetch(`${this.httpUrl}/tally?lines=${lines}`, {
      ...(signal && { signal }),
    });
    return await response.json();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#output.cancel();
    await this.#child.status;
  }

  async #firstLine(): Promise<string> {
    const reader = this.#output.getReader();
    const { value = "" } = await reader.read();
    reader.releaseLock();
    return value;
  }
}
