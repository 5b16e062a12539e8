import * as z from "zod";
import type { CommandResult } from "../../../shared/protocol/commands.ts";
import { canonicalText } from "../../../shared/releases/parse_manifest.ts";
import type { UpgradeOutcome } from "../../upgrade/upgrade_record.ts";
import type { UpgradeStep } from "../../upgrade/upgrade_steps.ts";
import type { ExecutionContext, Executor } from "../types.ts";

const args = z.strictObject({
  version: z.string({ error: "must be a version such as 1.4.0" }).min(1).max(100).optional(),
  manifest: z.union([
    z.string(),
    z.record(z.string(), z.json()),
  ], { error: "must be a signed manifest" }).optional(),
  retry: z.boolean({ error: "must be true or false" }).optional(),
});

type UpdateArgs = z.output<typeof args>;

/** What the order needs of the agent. */
interface UpdateDeps {
  /** Resolves when the upgrade is refused or there is nothing to do; else the agent makes room for the new version. */
  upgrade(
    order: { version: string | undefined; manifest: string | undefined; retry: boolean },
    context: UpdateContext,
  ): Promise<UpgradeOutcome>;
  /** What came of the upgrade that an order asked for, once that is known. */
  outcomeFor(documentId: string, signal: AbortSignal): Promise<UpgradeOutcome | undefined>;
}

/** What an upgrade may know of its order. */
interface UpdateContext {
  documentId: string;
  note(steps: readonly UpgradeStep[]): Promise<void>;
  othersIdle(): Promise<void>;
  signal: AbortSignal;
}

const LOST: CommandResult = { code: 1, message: "agent stopped during execution" };

/** `update`: replaces this agent by another version; whichever version goes on gives the result. */
export class UpdateExecutor implements Executor<UpdateArgs> {
  readonly action = "update";
  readonly args = args;
  readonly resultAfterRestart = true;
  readonly #deps: UpdateDeps;

  constructor(deps: UpdateDeps) {
    this.#deps = deps;
  }

  async execute(
    { version, manifest, retry = false }: UpdateArgs,
    { document_id: documentId, signal, ...context }: ExecutionContext,
  ): Promise<CommandResult> {
    const text = typeof manifest === "object" ? canonicalText(manifest) : manifest;
    const outcome = await this.#deps.upgrade({ version, manifest: text, retry }, {
      documentId,
      note: async (steps) => await context.noteData?.({ step: steps.at(-1)?.step, steps }),
      othersIdle: async () => await context.othersIdle?.(),
      signal,
    });
    return resultOf(outcome);
  }

  /** The agent ended while the order was carried out: that is how an upgrade goes on. */
  async resume(documentId: string, signal: AbortSignal): Promise<CommandResult> {
    const outcome = await this.#deps.outcomeFor(documentId, signal);
    return outcome === undefined ? LOST : resultOf(outcome);
  }
}

function resultOf({ code, message, reason, data }: UpgradeOutcome): CommandResult {
  const told = reason === null ? message : `${reason}: ${message}`;
  return { code, message: told, ...(data !== undefined && { data }) };
}
