import type { Command, ExecutionContext, Executor } from "./types.ts";
import type { CommandResult } from "../../shared/protocol/commands.ts";
import { describeIssues } from "../../shared/text.ts";

/** The executors by the name of their action. */
export class ExecutorRegistry {
  readonly #executors: ReadonlyMap<string, Executor>;

  /** @throws {TypeError} when two have the same action */
  constructor(executors: readonly Executor[]) {
    this.#executors = new Map(executors.map((executor) => [executor.action, executor]));
    if (this.#executors.size === executors.length) return;
    const actions = executors.map(({ action }) => action);
    const twice = actions.find((action, index) => actions.indexOf(action) < index);
    throw new TypeError(`Two executors have the action "${twice}"`);
  }

  /** The one for an action, if there is one. */
  get(action: string): Executor | undefined {
    return this.#executors.get(action);
  }

  /** The actions whose aim is a restart of the agent. */
  restarts(): ReadonlySet<string> {
    const restarts = [...this.#executors.values()].filter((one) => one.resultAfterRestart);
    return new Set(restarts.map(({ action }) => action));
  }

  /** The actions of which the executor tells later what came of them. */
  resumed(): ReadonlySet<string> {
    const resumed = [...this.#executors.values()].filter((one) => one.resume !== undefined);
    return new Set(resumed.map(({ action }) => action));
  }

  /** Runs a command; an unknown action or wrong arguments are a failure, and nothing is done. */
  async execute({ action, args }: Command, context: ExecutionContext): Promise<CommandResult> {
    const executor = this.#executors.get(action);
    if (executor === undefined) {
      const known = [...this.#executors.keys()].sort().join(", ");
      return { code: 1, message: `unknown action "${action}"; known: ${known}` };
    }
    const { success, data, error } = executor.args.safeParse(args);
    if (!success) return { code: 1, message: `wrong arguments: ${describeIssues(error, "args")}` };
    return await executor.execute(data, context);
  }
}
