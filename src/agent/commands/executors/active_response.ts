/**
 * `active-response`: has something done against somebody for a time, or ended.
 *
 * @module
 */

import type { z } from "zod";
import type { CommandResult } from "../../../shared/protocol/commands.ts";
import type { ExecutionContext, Executor } from "../types.ts";

/** Carries orders out; see `responses/responses.ts`. */
interface ResponseOrders<Args> {
  order(order: { args: Args; documentId: string; signal: AbortSignal }): Promise<CommandResult>;
}

/** What an {@linkcode ActiveResponseExecutor} is built with. */
interface ActiveResponseDeps<Args> {
  responses: ResponseOrders<Args>;
  args: z.ZodType<Args>;
  /** Whether the configuration in force allows responses. */
  isEnabled(): boolean;
}

/** Enables and disables responses. */
export class ActiveResponseExecutor<Args> implements Executor<Args> {
  readonly action = "active-response";
  readonly args: z.ZodType<Args>;
  readonly #deps: ActiveResponseDeps<Args>;

  constructor(deps: ActiveResponseDeps<Args>) {
    this.args = deps.args;
    this.#deps = deps;
  }

  async execute(args: Args, { document_id, signal }: ExecutionContext): Promise<CommandResult> {
    const { responses, isEnabled } = this.#deps;
    if (!isEnabled()) {
      return { code: 1, message: "active response is off: set active_response.enabled: true" };
    }
    return await responses.order({ args, documentId: document_id, signal });
  }
}
