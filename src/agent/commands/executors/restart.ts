import { aborted } from "../../../shared/any_signal.ts";
import type { ExecutionContext, Executor } from "../types.ts";
import { type NoArgs, noArgs } from "./no_args.ts";
import type { CommandResult } from "../../../shared/protocol/commands.ts";

/** What a restart needs of the agent. */
interface RestartDeps {
  /** Throws when the agent could not start again as it is configured now. */
  checkConfiguration(): Promise<unknown>;
  /** Notes a restart; throws when there was one too short a time ago. */
  takeTurn(): void;
  requestRestart(): void;
}

/** `restart`: asks for a restart and waits for the stop; the next start gives its result. */
export class RestartExecutor implements Executor<NoArgs> {
  readonly action = "restart";
  readonly args = noArgs;
  readonly resultAfterRestart = true;
  readonly #deps: RestartDeps;

  constructor(deps: RestartDeps) {
    this.#deps = deps;
  }

  /**
   * Never resolves.
   *
   * @throws the signal's reason when aborted; what is wrong with the configuration, or when the next restart is possible, and then
   *   the agent goes on as it is
   */
  async execute(_args: NoArgs, { signal }: ExecutionContext): Promise<CommandResult> {
    await this.#deps.checkConfiguration();
    signal.throwIfAborted();
    this.#deps.takeTurn();
    this.#deps.requestRestart();
    await aborted(signal);
    throw signal.reason;
  }
}
