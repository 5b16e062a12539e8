/**
 * Whether an order may be carried out on this machine: by its action, and, where that is asked for, by its signature.
 *
 * What was signed says for which agent it is, and from when to when it counts. It counts for no longer than finished orders are
 * remembered, so that none can come twice.
 *
 * @module
 */

import * as z from "zod";
import type { Clock } from "../../../shared/clock.ts";
import { messageOf } from "../../../shared/errors.ts";
import {
  type OrderSignature,
  orderSignature,
  signedOrderBytes,
} from "../../../shared/signing/signed_orders.ts";
import { formatDuration } from "../../../shared/config/units.ts";
import type { Admission, Command } from "../types.ts";
import { lastingSubject } from "./lasting_orders.ts";
import type { SignedVersions } from "./signed_versions.ts";
import { isSignedBy } from "../../../shared/signing/trusted_keys.ts";
import { readKeyFiles } from "../../platform/trusted_key_files.ts";

/** What this machine asks of orders. */
export interface OrderRules {
  /** Actions that are allowed; "*" is each. */
  actions: readonly string[];
  requireSignature: boolean;
  /** File or folder of the public keys. */
  trustedKeys: string | undefined;
  /** How long finished orders are remembered, in milliseconds. */
  rememberedMs: number;
}

/** What an {@linkcode OrderCheck} is built with. */
interface OrderCheckDeps {
  /** Those in force. */
  rules: () => OrderRules;
  agentId: string;
  versions: SignedVersions;
  clock: Pick<Clock, "now">;
}

/** Clocks of signer and machine may be so far apart, in milliseconds. */
const CLOCK_SKEW_MS = 5 * 60_000;

const signedForm = z.object({
  target: z.object({ type: z.string(), id: z.string() }),
  action: z.object({
    name: z.string(),
    version: z.string().optional(),
    args: z.union([z.record(z.string(), z.unknown()), z.array(z.unknown())]).optional(),
  }),
  source: z.string().nullish(),
  user: z.string().nullish(),
  timeout: z.number().nullish(),
  start_within: z.number().nullish(),
});

/** Judges orders as they come; see the module's comment. */
export class OrderCheck implements Admission {
  readonly #deps: OrderCheckDeps;

  constructor(deps: OrderCheckDeps) {
    this.#deps = deps;
  }

  /** See {@linkcode Admission.refusal}. */
  refusal(member: unknown, command: Command): string | undefined {
    const { actions, requireSignature } = this.#deps.rules();
    if (!actions.includes("*") && !actions.includes(command.action)) {
      return `action "${command.action}" is not allowed on this machine (remote.allow.actions)`;
    }
    if (!requireSignature) return undefined;
    try {
      const why = this.#signatureProblem(member, command);
      return why && `order refused: ${why}`;
    } catch (error) {
      return `order refused: ${messageOf(error)}`;
    }
  }

  #signatureProblem(member: unknown, command: Command): string | undefined {
    const given = z.looseObject({ signature: z.unknown() }).safeParse(member).data?.signature;
    if (given === undefined || given === null) return "it is not signed";
    const { data: signature } = orderSignature.safeParse(given);
    const { data: order } = signedForm.safeParse(member);
    if (signature === undefined || order === undefined) return "its signature is wrong";
    const key = this.#keys().find(({ id }) => id === signature.key_id);
    if (key === undefined) return `it is signed with key ${signature.key_id}, which is not trusted`;
    // Rebuilt from the checked members: what the schema does not know was not signed, and is not carried out.
    const { target, action: signed, ...others } = order;
    const bytes = signedOrderBytes({
      ...others,
      document_id: command.document_id,
      agent_id: target.id,
      action: {
        name: signed.name,
        ...(signed.version !== undefined && { version: signed.version }),
        ...(signed.args !== undefined && { args: signed.args }),
      },
    }, signature);
    if (!isSignedBy(key, bytes, signature.value)) return "its signature is wrong";
    // After the signature: to strangers nothing is told but that it is wrong.
    if (target.id !== this.#deps.agentId) return `it is for another agent, ${target.id}`;
    return this.#timeProblem(signature) ?? this.#replayProblem(command, signature);
  }

  #keys() {
    const { trustedKeys } = this.#deps.rules();
    return trustedKeys === undefined ? [] : readKeyFiles(trustedKeys);
  }

  #timeProblem({ issued_at, expires_at }: OrderSignature): string | undefined {
    const nowMs = this.#deps.clock.now();
    const { rememberedMs } = this.#deps.rules();
    const expiresMs = Date.parse(expires_at);
    if (expiresMs <= nowMs) return `it expired at ${expires_at}`;
    if (Date.parse(issued_at) > nowMs + CLOCK_SKEW_MS) return `it is issued only at ${issued_at}`;
    // Beyond that the journal may have forgotten its id, and it could be run twice.
    if (expiresMs <= nowMs + rememberedMs) return undefined;
    return `it counts until ${expires_at}, longer than orders are remembered here ` +
      `(commands.journal_retention, ${formatDuration(rememberedMs)})`;
  }

  /** An older list of groups that was held back would undo a newer one. */
  #replayProblem(
    { action, args }: Pick<Command, "action" | "args">,
    { issued_at }: OrderSignature,
  ): string | undefined {
    if (action !== "set-group") return this.#lastingProblem(action, args, issued_at);
    const { versions } = this.#deps;
    const issuedMs = Date.parse(issued_at);
    const newestMs = versions.read().groups_issued_at;
    // The same moment is the same order come again, which the journal knows.
    if (issuedMs < newestMs) {
      const newest = new Date(newestMs).toISOString();
      return `it is replayed: a list of groups that was issued at ${newest} came before it`;
    }
    versions.noteGroups(issuedMs);
    return undefined;
  }

  #lastingProblem(action: string, args: unknown, issuedAt: string): string | undefined {
    const subject = lastingSubject(action, args);
    if (subject === undefined) return undefined;
    const { versions, clock } = this.#deps;
    const issuedMs = Date.parse(issuedAt);
    const newestMs = versions.read().orders[subject] ?? 0;
    if (issuedMs < newestMs) {
      const newest = new Date(newestMs).toISOString();
      return `it is replayed: an order about the same that was issued at ${newest} came before it`;
    }
    versions.noteOrder(subject, issuedMs, clock.now() - this.#deps.rules().rememberedMs);
    return undefined;
  }
}
