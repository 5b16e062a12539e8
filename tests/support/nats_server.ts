/**
 * A real `nats-server`, started on a free port with a configuration of the test's own.
 *
 * @module
 */

import { delimiter, join } from "node:path";
import { TempFolder } from "./queues.ts";

const READY_WITHIN_MS = 15_000;
const MAX_LOG_CHARACTERS = 200_000;
const LISTENING = /Listening for client connections on \S+:(\d+)/;
const READY = /Server is ready/;

/** Where the program is; `undefined` when it is not installed. */
const PROGRAM = findProgram();

/**
 * Registers a test that needs `nats-server`. Without one it is skipped, and says so in its name;
 * where `CI` is set it fails then.
 */
export function natsTest(name: string, run: () => Promise<void>): void {
  const missing = PROGRAM === undefined;
  const ignore = missing && Deno.env.get("CI") === undefined;
  const reason = ignore ? " (skipped: nats-server is not installed)" : "";
  Deno.test({ name: `${name}${reason}`, ignore, fn: run });
}

/** A running server. Can go away and come back on its port; dispose of it. */
export class NatsServer implements AsyncDisposable {
  readonly #folder = new TempFolder();
  #config = "";
  #child: Deno.ChildProcess | undefined;
  #logged: Promise<void> = Promise.resolve();
  #log = "";
  #port = -1;

  private constructor(readonly program: string) {}

  /**
   * Starts a server that listens on 127.0.0.1.
   *
   * @param config more configuration, in the server's own language; `FOLDER` in it stands for a
   * folder that lives as long as this object
   * @param program where the server is. @default the one that is installed
   */
  static async start(config = "", program = PROGRAM ?? "nats-server"): Promise<NatsServer> {
    const server = new NatsServer(program);
    server.#config = config.replaceAll("FOLDER", server.#folder.path);
    await server.comeBack();
    return server;
  }

  /** Starts a server that has JetStream. */
  static startJetStream(config = ""): Promise<NatsServer> {
    return NatsServer.start(`jetstream: { store_dir: "FOLDER/jetstream" }\n${config}`);
  }

  get url(): string {
    return `nats://127.0.0.1:${this.#port}`;
  }

  /** What it has logged since it was started, the newest 200,000 characters of it. */
  get log(): string {
    return this.#log;
  }

  /** Its process, to be ended without telling it; `undefined` while it is away. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Path of a file in its folder. */
  file(name: string): string {
    return this.#folder.file(name);
  }

  /** Ends the process, with port and files kept for {@linkcode comeBack}. */
  async goAway(signal: Deno.Signal = "SIGKILL"): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    child?.kill(signal);
    await child?.status;
    await this.#logged;
  }

  /** Has the process stand still: connections stay, nothing is answered. */
  freeze(): void {
    this.#child?.kill("SIGSTOP");
  }

  /** Has it go on. */
  thaw(): void {
    this.#child?.kill("SIGCONT");
  }

  /** Has it read another configuration; `config` as in {@linkcode start}. */
  async reload(config: string): Promise<void> {
    this.#config = config.replaceAll("FOLDER", this.#folder.path);
    await this.#writeConfig();
    this.#child?.kill("SIGHUP");
  }

  /**
   * Starts the process, again on the port that it had.
   *
   * @throws Error with its log when it does not get ready
   */
  async comeBack(): Promise<void> {
    const path = await this.#writeConfig();
    this.#log = "";
    const child = new Deno.Command(this.program, {
      args: ["--config", path],
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    this.#child = child;
    const ready = Promise.withResolvers<void>();
    this.#logged = this.#collect(child.stderr, () => ready.resolve())
      .then(() => ready.reject(new Error(`nats-server ended:\n${this.#log}`)));
    ready.promise.catch(() => {});
    const tooLate = setTimeout(() => child.kill("SIGKILL"), READY_WITHIN_MS);
    await ready.promise.finally(() => clearTimeout(tooLate));
    this.#port = Number(LISTENING.exec(this.#log)?.[1]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.goAway();
    this.#folder[Symbol.dispose]();
  }

  async #writeConfig(): Promise<string> {
    const path = this.file("nats.conf");
    await Deno.writeTextFile(path, `listen: "127.0.0.1:${this.#port}"\n${this.#config}\n`);
    return path;
  }

  async #collect(stream: ReadableStream<Uint8Array>, onReady: () => void): Promise<void> {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      this.#log = (this.#log + text).slice(-MAX_LOG_CHARACTERS);
      if (READY.test(this.#log)) onReady();
    }
  }
}

function findProgram(): string | undefined {
  const name = Deno.build.os === "windows" ? "nats-server.exe" : "nats-server";
  // Distributions put it where only administrators look.
  const folders = [...(Deno.env.get("PATH") ?? "").split(delimiter), "/usr/sbin"];
  return folders.map((folder) => join(folder, name)).find(isFile);
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
