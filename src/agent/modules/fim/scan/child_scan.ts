/**
 * Has a child of the same program scan.
 *
 * @module
 */

import type { Clock } from "../../../../shared/clock.ts";
import type { ChildUse, ModuleContext } from "../../module.ts";
import { endWithin, firstWords, killChild, spawnGentle } from "../../../process/gentle_child.ts";
import { Silence } from "../../../process/silence.ts";
import { SCAN_COMMAND } from "./scan_command.ts";
import { decodeMessages } from "./frames.ts";
import type { ChildJob } from "./scan_child.ts";
import type { ScanMessage } from "./scan_job.ts";

/** A child that says nothing for so long is killed, in milliseconds. */
const SILENCE_MS = 60_000;
/** So long a child may take to end once it was told to, in milliseconds. */
const END_MS = 1_000;

/**
 * Scans in a child, which takes the lowest priority that there is.
 *
 * @throws {Error} that says how the child failed; the signal's reason when aborted
 */
export async function* scanInChild(
  job: ChildJob,
  { clock, children, signal }: {
    clock: Clock;
    children: ModuleContext["children"];
    signal: AbortSignal;
  },
): AsyncGenerator<ScanMessage> {
  signal.throwIfAborted();
  const child = spawnGentle([SCAN_COMMAND]);
  const errors = firstWords(child.stderr);
  const input = child.stdin.getWriter();
  const stop = () => void input.close().catch(() => {});
  signal.addEventListener("abort", stop, { once: true });
  const silence = new Silence({
    clock,
    limitMs: SILENCE_MS,
    onTooLong: () => killChild(child),
  });
  const unwatched = new AbortController();
  const used = children?.watch(child.pid, unwatched.signal);
  let hasEnded = false;
  try {
    await input.write(new TextEncoder().encode(`${JSON.stringify(job)}\n`));
    for await (const message of decodeMessages(silence.listen(child.stdout))) {
      hasEnded ||= message.kind === "end";
      yield message;
    }
    signal.throwIfAborted();
    if (!hasEnded) throw new Error(await whyEnded(child, { errors, silence, used }));
  } finally {
    // It may be made to rest at the moment, and could not end then.
    unwatched.abort("over");
    await used;
    signal.removeEventListener("abort", stop);
    await input.close().catch(() => {});
    await endWithin(child, { clock, limitMs: END_MS });
    await errors;
  }
}

async function whyEnded(
  child: Deno.ChildProcess,
  { errors, silence, used }: {
    errors: Promise<string>;
    silence: Silence;
    used: Promise<ChildUse> | undefined;
  },
): Promise<string> {
  if (silence.isTooLong) return `the scan said nothing for ${SILENCE_MS / 1_000} s, and was killed`;
  const { code, signal } = await child.status;
  const killedFor = (await used)?.killedFor;
  if (killedFor !== undefined) return `the scan was killed: ${killedFor}`;
  const how = signal === null ? `with status ${code}` : `by ${signal}`;
  const words = (await errors).trim().split("\n").at(-1) ?? "";
  return `the scan ended ${how}${words === "" ? "" : `: ${words}`}`;
}
