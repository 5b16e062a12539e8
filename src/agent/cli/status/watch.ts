/**
 * `agent status --watch`: at a terminal a picture that is kept up to date, else a line each time.
 *
 * @module
 */

import type { Clock } from "../../../shared/clock.ts";
import { AgentError, messageOf } from "../../../shared/errors.ts";
import { visible } from "../../../shared/text.ts";
import type { CommandIo } from "../command_io.ts";
import { Screen } from "./screen.ts";

/** What is watched, and how often it is looked at. */
interface WatchOptions {
  intervalMs: number;
  clock: Clock;
  /** All of it, for a terminal. @throws when it cannot be told now */
  picture: () => Promise<string>;
  /** One line of it, with its newline. @throws as `picture` */
  line: () => Promise<string>;
}

/** Looks again and again until the command is told to stop, which is its proper end. */
export async function watch(io: CommandIo, options: WatchOptions): Promise<void> {
  const { terminal } = io;
  if (terminal === undefined) {
    return await repeat(io, options, options.line, (text) => io.stdout(text));
  }
  using screen = new Screen(terminal, io.draw);
  await repeat(io, options, options.picture, (text) => screen.show(text));
}

async function repeat(
  { signal }: CommandIo,
  { intervalMs, clock }: WatchOptions,
  look: () => Promise<string>,
  show: (text: string) => void,
): Promise<void> {
  while (!signal.aborted) {
    const text = await look().catch(troubleText);
    try {
      if (!signal.aborted) show(text);
    } catch (error) {
      // Whoever read it has seen enough.
      if (error instanceof Deno.errors.BrokenPipe) return;
      throw error;
    }
    await clock.sleep(intervalMs, signal).catch(() => {});
  }
}

/** An agent that is being restarted, or is busy, may well answer the next time. */
function troubleText(error: unknown): string {
  const hint = error instanceof AgentError && error.hint !== undefined ? `; ${error.hint}` : "";
  return `Cannot tell: ${visible(messageOf(error) + hint)}\n`;
}
