/**
 * Counts what the manager recorded: which line came how often, and the shutdown messages.
 *
 * @module
 */

/** A line of the manager's `--record` file. */
interface RecordLine {
  stream: "stateless" | "stateful";
  header: { module: string; operation?: string };
  data?: {
    event?: { original?: string };
    log?: { file?: { path?: string } };
    agent?: { status?: string };
  };
}

/** Reads a growing record file and keeps the counts. */
export class Tally {
  readonly #path: string;
  readonly #logPath: string;
  readonly #decoder = new TextDecoder();
  readonly #timesByLine = new Map<number, number>();
  #offset = 0;
  #partial = "";
  #others = 0;
  #shutdowns = new Set<string>();

  /** Counts the lines of the log file `logPath` in the record file `path`. */
  constructor(path: string, logPath: string) {
    this.#path = path;
    this.#logPath = logPath;
  }

  /** Events of the demo's own log file, repetitions included. */
  get received(): number {
    let sum = 0;
    for (const times of this.#timesByLine.values()) sum += times;
    return sum;
  }

  /** Events of other files. */
  get others(): number {
    return this.#others;
  }

  /** Events that came more than once. */
  get duplicated(): number {
    return this.received - this.#timesByLine.size;
  }

  /** Of the lines 1 to `written`, how many never came. */
  lost(written: number): number {
    let lost = 0;
    for (let line = 1; line <= written; line++) if (!this.#timesByLine.has(line)) lost++;
    return lost;
  }

  /** True when the shutdown messages of both streams came. */
  get sawShutdown(): boolean {
    return this.#shutdowns.size === 2;
  }

  /** Reads what was recorded since the last call. */
  update(): void {
    for (const line of this.#newLines()) this.#count(JSON.parse(line));
  }

  #newLines(): string[] {
    let file: Deno.FsFile;
    try {
      file = Deno.openSync(this.#path);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return [];
      throw error;
    }
    using _file = file;
    file.seekSync(this.#offset, Deno.SeekMode.Start);
    const block = new Uint8Array(1024 * 1024);
    for (let size = file.readSync(block); size !== null; size = file.readSync(block)) {
      this.#offset += size;
      this.#partial += this.#decoder.decode(block.subarray(0, size), { stream: true });
    }
    const lines = this.#partial.split("\n");
    this.#partial = lines.pop() ?? "";
    return lines;
  }

  #count({ stream, header, data }: RecordLine): void {
    if (header.operation === "shutdown" || data?.agent?.status === "shutdown") {
      this.#shutdowns.add(stream);
    } else if (data?.log?.file?.path === this.#logPath) {
      const line = Number(/line (\d+)$/.exec(data.event?.original ?? "")?.[1]);
      this.#timesByLine.set(line, (this.#timesByLine.get(line) ?? 0) + 1);
    } else this.#others++;
  }
}
