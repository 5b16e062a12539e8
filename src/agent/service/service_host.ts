/**
 * The machine, as far as installing a service needs it.
 *
 * @module
 */

import { dirname } from "node:path";
import { syncFolder, writeThrough } from "../identity/atomic_write.ts";
import { messageOf } from "../../shared/errors.ts";
import type { SystemCommand } from "./service_plan.ts";

/** How a command of the system ended. */
interface CommandOutcome {
  /** `undefined`: there is no such program. */
  code: number | undefined;
  /** What it wrote. */
  output: string;
}

/** Tests hand in their own. */
export interface ServiceHost {
  /** Whether this process may change the system. */
  readonly isAdministrator: boolean;
  exists(path: string): boolean;
  /** The text of a file; `undefined` when there is none. */
  read(path: string): string | undefined;
  /** Replaces a file as a whole; everybody may read it. */
  write(path: string, text: string): void;
  remove(path: string): void;
  run(command: SystemCommand): Promise<CommandOutcome>;
}

/** This machine. */
export const SYSTEM_HOST: ServiceHost = {
  // On Windows the system itself says no to whoever is none.
  get isAdministrator() {
    return Deno.build.os === "windows" || Deno.uid() === 0;
  },
  exists: (path) => read(() => Deno.lstatSync(path)) !== undefined,
  read: (path) => read(() => Deno.readTextFileSync(path)),
  write(path, text) {
    const temporary = `${path}.${crypto.randomUUID()}`;
    try {
      writeThrough(temporary, text);
      if (Deno.build.os !== "windows") Deno.chmodSync(temporary, 0o644);
      Deno.renameSync(temporary, path);
    } catch (error) {
      read(() => Deno.removeSync(temporary));
      throw error;
    }
    syncFolder(dirname(path));
  },
  remove: (path) => Deno.removeSync(path),
  async run([program, ...args]) {
    try {
      const command = new Deno.Command(program, { args, stdin: "null" });
      const { code, stdout, stderr } = await command.output();
      const output = [stderr, stdout].map((bytes) => new TextDecoder().decode(bytes)).join("");
      return { code, output: output.trim() };
    } catch (error) {
      return { code: undefined, output: messageOf(error) };
    }
  },
};

function read<T>(get: () => T): T | undefined {
  try {
    return get();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
