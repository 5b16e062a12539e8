import { aborted } from "../../any_signal.ts";
import type { CommandResult, ExecutionContext, Executor } from "../types.ts";
import { type NoArgs, noArgs } from "./no_args.ts";

/** `restart`: asks for a restart and waits for the stop; the next start gives its result. */
export class RestartExecutor implements Executor<NoArgs> {
  readonly action = "restart";
  readonly args = noArgs;
  readonly resultAfterRestart = true;
  readonly #requestRestart: () => void;

  constructor(requestRestart: () => void) {
    this.#requestRestart = requestRestart;
  }

  /** Never resolves. @throws the signal's reason when aborted */
  async execute(_args: NoArgs, { signal }: ExecutionContext): Promise<CommandResult> {
    signal.throwIfAborted();
    this.#requestRestart();
    await aborted(signal);
    throw signal.reason;
  }
}
