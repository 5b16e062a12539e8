import type { Executor } from "../types.ts";
import { type NoArgs, noArgs } from "./no_args.ts";
import type { CommandResult } from "../../../shared/protocol/commands.ts";

/** `status`: answers with the document of `agent status --json` in `data`. */
export class StatusExecutor implements Executor<NoArgs> {
  readonly action = "status";
  readonly args = noArgs;
  readonly #status: () => object | Promise<object>;

  constructor(status: () => object | Promise<object>) {
    this.#status = status;
  }

  async execute(): Promise<CommandResult> {
    return { code: 0, message: "status", data: JSON.stringify(await this.#status()) };
  }
}
