/**
 * Children of the same program that give way to everybody else.
 *
 * @module
 */

import type { Clock } from "../../shared/clock.ts";
import { ownProgram } from "./own_program.ts";

const MAX_ERROR_CHARACTERS = 2_000;

/** Starts this program with other arguments, with the lowest priority of processor and disk, where there are programs for that. */
export function spawnGentle(command: readonly string[]): Deno.ChildProcess {
  const { path, args, env } = ownProgram(command);
  const [program = path, ...rest] = [...gentle(), path, ...args];
  return new Deno.Command(program, {
    args: rest,
    env,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

function gentle(): string[] {
  const nice = ["/usr/bin/nice", "-n", "19"];
  const ionice = ["/usr/bin/ionice", "-c", "3", "-t"];
  return [nice, ionice].flatMap((words) => isThere(words[0] ?? "") ? words : []);
}

function isThere(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/** What a child says first on standard error; read to its end. */
export async function firstWords(stream: ReadableStream<Uint8Array>): Promise<string> {
  let text = "";
  for await (const piece of stream.pipeThrough(new TextDecoderStream())) {
    if (text.length < MAX_ERROR_CHARACTERS) text += piece;
  }
  return text.slice(0, MAX_ERROR_CHARACTERS);
}

/** Waits for the end of a child that was told to end; after `limitMs` it is killed. */
export async function endWithin(
  child: Deno.ChildProcess,
  { clock, limitMs }: { clock: Pick<Clock, "sleep">; limitMs: number },
): Promise<void> {
  const ended = new AbortController();
  clock.sleep(limitMs, ended.signal).then(() => killChild(child), () => {});
  await child.status;
  ended.abort();
}

/** Kills a child that may have ended already. */
export function killChild(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch {
    // It has ended.
  }
}
