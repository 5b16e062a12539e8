import { AnySignal } from "../../../shared/any_signal.ts";

/**
 * Runs tasks until the signal is aborted, or one of them fails: then the others end too.
 *
 * @throws what the first one failed with
 */
export async function runTogether(
  signal: AbortSignal,
  tasks: readonly ((signal: AbortSignal) => Promise<void>)[],
): Promise<void> {
  const failed = new AbortController();
  using either = new AnySignal(signal, failed.signal);
  const results = await Promise.allSettled(
    tasks.map(async (task) => {
      try {
        await task(either.signal);
      } catch (error) {
        // What ends because it was told to is no failure.
        if (either.signal.aborted) return;
        failed.abort("another task failed");
        throw error;
      }
    }),
  );
  const first = results.find((result) => result.status === "rejected");
  if (first !== undefined) throw first.reason;
}
