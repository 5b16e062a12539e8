/**
 * The machine as collectors look at it: its files below one root, its programs, its addresses.
 *
 * @module
 */

import { readSync } from "node:fs";
import { CpuMeter } from "../../../shared/cpu_meter.ts";
import { messageOf } from "../../../shared/errors.ts";
import { openRegularFile } from "../../../shared/files/regular_file.ts";
import { LibcLibrary } from "../../platform/libc/library.ts";
import { SystemFiles } from "../../platform/system_files.ts";

/** By which a file is known not to have changed. */
interface FileIdentity {
  inode: string;
  size: number;
  /** Nanoseconds since 1970; whole milliseconds where the C library is missing. */
  modifiedNs: bigint;
  isFolder: boolean;
}

/** What collectors may do. */
export interface Machine {
  readonly platform: typeof Deno.build.os;
  /** The folder that stands for `/`. */
  readonly root: string;
  /** True when {@linkcode Machine.root} is `/`: only then its programs can be run. */
  readonly isOwn: boolean;
  /** The text of a small file of `/proc`, `/sys` or elsewhere; `undefined` when it is not there or cannot be read. */
  readText(path: string): string | undefined;
  /** A part of a file; shorter at its end, `undefined` when it cannot be read. */
  readPart(path: string, part: { offset: number; length: number }): Uint8Array | undefined;
  /** The names in a folder; none when it is not there or cannot be read. */
  list(path: string): string[];
  readLink(path: string): string | undefined;
  /** False only when there is nothing: what cannot be looked at is there, and reading it tells why it cannot. */
  exists(path: string): boolean;
  /** `undefined` when it is not there, or cannot be looked at. */
  identify(path: string): FileIdentity | undefined;
  /**
   * The text of a file whose loss would be a loss: what cannot be read is an error.
   *
   * @returns `undefined` only when it is not there
   */
  readDatabase(path: string): string | undefined;
  /**
   * The names in a folder whose loss would be a loss.
   *
   * @returns `undefined` only when it is not there
   */
  listDatabase(path: string): string[] | undefined;
  /** The file behind a path, for what has to open it itself. */
  real(path: string): string;
  /**
   * What a program prints.
   *
   * @returns `undefined` when there is no such program
   * @throws {Error} with its last words when it fails
   */
  run(program: string, args: readonly string[], signal: AbortSignal): Promise<string | undefined>;
  interfaces(): Deno.NetworkInterfaceInfo[];
  /** Waits for what others do: none of that is work of a collector. */
  wait<T>(work: Promise<T>): Promise<T>;
}

/** Kernel files have no size to be known by. */
const KERNEL_FILES = /^\/(proc|sys)\//;
const MAX_DATABASE_BYTES = 128 * 1024 * 1024;
const PROGRAM_TIMEOUT_MS = 60_000;
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const NS_PER_MS = 1_000_000n;

/** The machine below `root`. */
export class RealMachine implements Machine {
  readonly root: string;
  readonly platform = Deno.build.os;
  readonly #library: LibcLibrary;
  readonly #kernel: SystemFiles;
  readonly #prefix: string;
  readonly #cpu: CpuMeter;
  /** Used again for each file: a new piece of memory for each of thousands would stay for a while. */
  #buffer = new Uint8Array(0);

  constructor(
    root = "/",
    { library = new LibcLibrary(), cpu = new CpuMeter() }: {
      library?: LibcLibrary | undefined;
      /** Measures what collectors do. */
      cpu?: CpuMeter | undefined;
    } = {},
  ) {
    this.root = root;
    this.#library = library;
    this.#cpu = cpu;
    this.#kernel = new SystemFiles(library);
    this.#prefix = root === "/" ? "" : root.replace(/\/+$/, "");
  }

  get isOwn(): boolean {
    return this.#prefix === "";
  }

  real(path: string): string {
    return this.#prefix + path;
  }

  readText(path: string): string | undefined {
    const real = this.real(path);
    if (KERNEL_FILES.test(real)) return this.#kernel.readText(real);
    try {
      return this.#readText(real);
    } catch {
      return undefined;
    }
  }

  readPart(
    path: string,
    { offset, length }: { offset: number; length: number },
  ): Uint8Array | undefined {
    try {
      using file = openRegularFile(this.real(path));
      const bytes = new Uint8Array(length);
      return bytes.subarray(0, readSync(file.descriptor, bytes, 0, length, offset));
    } catch {
      return undefined;
    }
  }

  list(path: string): string[] {
    return this.#kernel.list(this.real(path)) ?? [];
  }

  readLink(path: string): string | undefined {
    return this.#kernel.readLink(this.real(path));
  }

  exists(path: string): boolean {
    try {
      Deno.statSync(this.real(path));
      return true;
    } catch (error) {
      const isNothing = error instanceof Deno.errors.NotFound ||
        error instanceof Deno.errors.NotADirectory;
      return !isNothing;
    }
  }

  identify(path: string): FileIdentity | undefined {
    const real = this.real(path);
    const { libc } = this.#library;
    try {
      if (libc === undefined) return identityOf(Deno.statSync(real));
      const { inode, size, modifiedNs, mode } = libc.stat(real, { follow: true });
      return { inode: String(inode), size, modifiedNs, isFolder: (mode & 0o170000) === 0o040000 };
    } catch {
      return undefined;
    }
  }

  readDatabase(path: string): string | undefined {
    return this.#orUndefined(path, (real) => this.#readText(real));
  }

  listDatabase(path: string): string[] | undefined {
    return this.#orUndefined(
      path,
      (real) => Array.from(Deno.readDirSync(real), ({ name }) => name),
    );
  }

  wait<T>(work: Promise<T>): Promise<T> {
    return this.#cpu.pause(work);
  }

  async run(
    program: string,
    args: readonly string[],
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const result = await this.wait(runToEnd(program, args, signal));
    if (result === undefined) return undefined;
    if (result.exit_status === 0 && !result.cut) return result.stdout;
    const words = result.stderr.trim().split("\n").at(-1) ?? "";
    throw new Error(`"${program}" ended with status ${result.exit_status}: ${words.slice(0, 200)}`);
  }

  interfaces(): Deno.NetworkInterfaceInfo[] {
    return Deno.networkInterfaces();
  }

  /** What stands there instead of a file, such as a FIFO, is an error and never waited for. */
  #readText(real: string): string {
    using file = openRegularFile(real);
    const { size } = file.info;
    if (size > MAX_DATABASE_BYTES) {
      throw new Error(`it has ${size} bytes, more than ${MAX_DATABASE_BYTES}`);
    }
    if (this.#buffer.length < size) this.#buffer = new Uint8Array(2 * size);
    let end = 0;
    while (end < size) {
      const read = readSync(file.descriptor, this.#buffer, end, size - end, end);
      if (read === 0) break;
      end += read;
    }
    return decoder.decode(this.#buffer.subarray(0, end));
  }

  #orUndefined<T>(path: string, read: (real: string) => T): T | undefined {
    const real = this.real(path);
    try {
      return read(real);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw new Error(`Cannot read "${real}": ${messageOf(error)}`, { cause: error });
    }
  }
}

/** `undefined` when there is no such program. */
async function runToEnd(program: string, args: readonly string[], signal: AbortSignal) {
  const { runProgram } = await import("../../process/process_group.ts");
  const { systemClock } = await import("../../../shared/clock.ts");
  const { AnySignal } = await import("../../../shared/any_signal.ts");
  using either = new AnySignal(signal, AbortSignal.timeout(PROGRAM_TIMEOUT_MS));
  try {
    return await runProgram({
      path: program,
      arguments: args,
      signal: either.signal,
      maxOutputBytes: MAX_DATABASE_BYTES,
      clock: systemClock,
    });
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function identityOf({ ino, size, mtime, isDirectory }: Deno.FileInfo): FileIdentity {
  return {
    inode: String(ino ?? 0),
    size,
    modifiedNs: BigInt(mtime?.getTime() ?? 0) * NS_PER_MS,
    isFolder: isDirectory,
  };
}
