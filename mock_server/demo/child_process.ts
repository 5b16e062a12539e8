/**
 * Programs that the demo starts: each from source, its log in a file.
 *
 * @module
 */

import { appendTo } from "./append_to.ts";

/** How a program ended. */
interface Ending {
  code: number;
  stdout: string;
}

const ROOT = new URL("../../", import.meta.url);

/** A program of this project, running. Killed when disposed, if it is still there. */
export class ChildProcess implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #logged: Promise<void>;

  private constructor(process: Deno.ChildProcess, logged: Promise<void>) {
    this.#process = process;
    this.#logged = logged;
  }

  /** Starts `deno run -P=<permissions> <script> <args>`; standard error is appended to the file `log`. */
  static start(
    program: { permissions: string; script: string; args: string[] },
    { log, stdin }: { log: string; stdin?: string },
  ): ChildProcess {
    const { permissions, script, args } = program;
    const process = new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", `-P=${permissions}`, script, ...args],
      cwd: ROOT,
      stdin: stdin === undefined ? "null" : "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    if (stdin !== undefined) {
      ReadableStream.from([new TextEncoder().encode(stdin)]).pipeTo(process.stdin);
    }
    return new ChildProcess(process, appendTo(log, process.stderr));
  }

  /** The first line of standard output. What follows is thrown away. */
  firstLine(): Promise<string> {
    return readFirstLine(this.#process.stdout);
  }

  /** Waits for the end; only without {@linkcode firstLine}. */
  async ended(): Promise<Ending> {
    const stdout = await new Response(this.#process.stdout).text();
    const { code } = await this.#process.status;
    await this.#logged;
    return { code, stdout };
  }

  /** Asks the program to stop and waits until it has; gives its exit status. */
  async stop(): Promise<number> {
    this.#process.kill("SIGTERM");
    const { code } = await this.#process.status;
    await this.#logged;
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#process.kill("SIGKILL");
    } catch {
      // It has ended already, as it should have.
    }
    await this.#process.status;
    await this.#logged;
  }
}

/** The first line of `output`, empty when it ends before that. What follows is thrown away. */
export async function readFirstLine(output: ReadableStream<Uint8Array>): Promise<string> {
  let text = "";
  for await (const part of output.pipeThrough(new TextDecoderStream())) {
    text += part;
    if (text.includes("\n")) break;
  }
  return text.split("\n")[0] ?? "";
}
