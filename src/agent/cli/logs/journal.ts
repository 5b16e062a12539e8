/**
 * The log as systemd's journal has it.
 *
 * @module
 */

import { AgentError } from "../../../shared/errors.ts";

/** What is asked of the journal. */
interface JournalRequest {
  unit: string;
  lines: number;
  follow: boolean;
  signal: AbortSignal;
}

const NO_JOURNAL_HINT =
  "set log.file in the agent's configuration and start it again, or look where " +
  "its standard error goes";

/**
 * Lines of the unit, as the agent wrote them; the newest come last.
 *
 * @throws {AgentError} `failed` when there is no journal, or it has nothing of the unit
 */
export async function* journalLines(request: JournalRequest): AsyncGenerator<string[]> {
  const { unit, signal } = request;
  await using child = start(request);
  const onAbort = () => child.end();
  signal.addEventListener("abort", onAbort, { once: true });
  let count = 0;
  try {
    for await (const lines of child.lines) {
      const told = lines.filter((line) => line !== "-- No entries --");
      count += told.length;
      if (told.length > 0) yield told;
    }
    if (signal.aborted) return;
    const { code, said } = await child.ended;
    if (code !== 0) {
      throw new AgentError("failed", `journalctl failed: ${said}`, { hint: NO_JOURNAL_HINT });
    }
    if (count === 0) throw nothingOf(unit);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

function nothingOf(unit: string): AgentError {
  return new AgentError(
    "failed",
    `The journal has no lines of unit "${unit}" that this user may read`,
    {
      hint: `run this as root, name the unit with --unit, or ${NO_JOURNAL_HINT}`,
    },
  );
}

function start({ unit, lines, follow }: JournalRequest) {
  const args = [
    "--unit",
    unit,
    "--lines",
    String(lines),
    "--output",
    "cat",
    "--no-pager",
    "--quiet",
  ];
  const child = spawn([...args, ...(follow ? ["--follow"] : [])]);
  const stderr = new Response(child.stderr).text();
  return {
    lines: linesOf(child.stdout),
    ended: child.status.then(async ({ code }) => ({ code, said: (await stderr).trim() })),
    end: () => end(child),
    async [Symbol.asyncDispose]() {
      end(child);
      await Promise.all([child.status, stderr]);
    },
  };
}

function spawn(args: string[]): Deno.ChildProcess {
  try {
    return new Deno.Command("journalctl", { args, stdin: "null", stdout: "piped", stderr: "piped" })
      .spawn();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new AgentError(
      "failed",
      "Nobody keeps the log here: log.file is not set, and there is no journalctl",
      {
        cause: error,
        hint: NO_JOURNAL_HINT,
      },
    );
  }
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string[]> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    yield lines;
  }
  if (rest !== "") yield [rest];
}

function end(child: Deno.ChildProcess): void {
  try {
    child.kill();
  } catch {
    // It has ended.
  }
}
