import * as z from "zod";
import type { ExecutionContext, Executor } from "../types.ts";
import { groupNames } from "./group_names.ts";
import type { GroupUpdate, GroupUpdater } from "./group_updater.ts";
import type { CommandResult } from "../../../shared/protocol/commands.ts";

// Older servers send the list itself.
const args = z.preprocess(
  (args) => Array.isArray(args) ? { groups: args } : args,
  z.strictObject({ groups: groupNames }),
);

/** `set-group`: makes a list of groups the groups of this agent; an empty list removes all. */
export class SetGroupExecutor implements Executor<z.output<typeof args>> {
  readonly action = "set-group";
  readonly args = args;
  readonly #updater: Pick<GroupUpdater, "update">;

  constructor(updater: Pick<GroupUpdater, "update">) {
    this.#updater = updater;
  }

  async execute(
    { groups }: z.output<typeof args>,
    { signal }: ExecutionContext,
  ): Promise<CommandResult> {
    return { code: 0, message: describeUpdate(await this.#updater.update(groups, signal)) };
  }
}

/** What an update did, in one line. */
export function describeUpdate({ groups, changed, needs_restart }: GroupUpdate): string {
  const list = `groups: ${groups.length === 0 ? "none" : groups.join(", ")}`;
  if (!changed) return `${list}; unchanged`;
  return needs_restart.length === 0
    ? list
    : `${list}; in force after a restart: ${needs_restart.join(", ")}`;
}
