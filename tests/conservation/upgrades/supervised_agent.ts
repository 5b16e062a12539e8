/**
 * An agent that is started again whenever it ends, as a service manager does; what is started is what the link names.
 *
 * @module
 */

/** Keeps an agent running until it is stopped. */
export class SupervisedAgent {
  readonly #program: string;
  readonly #configPath: string;
  readonly #outages: number[] = [];
  #madeRoomMs: number | undefined;
  #child: Deno.ChildProcess;
  #stopped = false;
  readonly #running: Promise<void>;
  /** Statuses with which it ended, but for the last. */
  readonly endings: number[] = [];
  /** The last of what it wrote. */
  log = "";

  constructor(program: string, configPath: string) {
    this.#program = program;
    this.#configPath = configPath;
    this.#child = this.#start();
    this.#running = this.#keepRunning();
  }

  /** The process that was started last; it may watch another one. */
  get pid(): number {
    return this.#child.pid;
  }

  /** Milliseconds from when an agent made room until the next one followed its files. */
  get outages(): readonly number[] {
    return this.#outages;
  }

  kill(signal: Deno.Signal): void {
    try {
      this.#child.kill(signal);
    } catch {
      // It is being started again.
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.kill("SIGTERM");
    await this.#running;
  }

  async #keepRunning(): Promise<void> {
    for (;;) {
      const { code } = await this.#child.status;
      if (this.#stopped) return;
      this.endings.push(code);
      this.#child = this.#start();
    }
  }

  #start(): Deno.ChildProcess {
    const child = new Deno.Command(this.#program, {
      args: ["run", "--config", this.#configPath],
      env: { NO_COLOR: "1", AGENT_SUPERVISED: "test" },
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    this.#read(child.stderr);
    return child;
  }

  async #read(stderr: ReadableStream<Uint8Array>): Promise<void> {
    let rest = "";
    for await (const text of stderr.pipeThrough(new TextDecoderStream())) {
      this.log = (this.log + text).slice(-100_000);
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) this.#note(line);
    }
  }

  #note(line: string): void {
    const at = Date.parse(/"time":"([^"]+)"/.exec(line)?.[1] ?? "");
    if (line.includes('"Made room')) this.#madeRoomMs ??= at;
    if (!line.includes('"Following files"') || this.#madeRoomMs === undefined) return;
    this.#outages.push(at - this.#madeRoomMs);
    this.#madeRoomMs = undefined;
  }
}
