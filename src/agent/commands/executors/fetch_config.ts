import type { ExecutionContext, Executor } from "../types.ts";
import type { GroupUpdater } from "./group_updater.ts";
import { type NoArgs, noArgs } from "./no_args.ts";
import { describeUpdate } from "./set_group.ts";
import type { CommandResult } from "../../../shared/protocol/commands.ts";

/** `fetch-config`: gets the files of the agent's groups again. */
export class FetchConfigExecutor implements Executor<NoArgs> {
  readonly action = "fetch-config";
  readonly args = noArgs;
  readonly #updater: Pick<GroupUpdater, "update">;

  constructor(updater: Pick<GroupUpdater, "update">) {
    this.#updater = updater;
  }

  async execute(_args: NoArgs, { signal }: ExecutionContext): Promise<CommandResult> {
    const update = await this.#updater.update(undefined, signal);
    return { code: 0, message: update.changed ? describeUpdate(update) : "unchanged" };
  }
}
