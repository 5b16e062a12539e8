/**
 * Batches that were tried without an answer: the server may have them. Such a batch may be sent again as it is, and nothing else may be
 * done to it before the server has said what became of its id.
 *
 * @module
 */

import type { BatchFate, GiveUpOutcome } from "../../shared/protocol/exchange.ts";
import type { OpenWaits } from "./open_waits.ts";
import type { AskFate, DispatchBatch } from "./types.ts";

/** So often a server that cannot be asked must have refused a batch before that stands. */
const REFUSALS_BEFORE_DECISION = 3;

/** What to do with a batch in doubt that was refused. */
type Resolution =
  | { kind: "received"; status: number }
  /** The refusal stands; `doubled`: and nobody knows whether the batch had been received before. */
  | { kind: "refused"; doubled: boolean }
  | { kind: "repeat"; reason: string; afterMs?: number };

/** The batches in doubt of one stream. */
export class Doubts {
  readonly #ask: AskFate;
  /** Refusals since the batch was tried without an answer, by batch id. */
  readonly #refusals = new Map<string, number>();

  /** `askFate`: left out when the server cannot be asked. */
  constructor(askFate: AskFate | undefined, waits: Pick<OpenWaits, "request">) {
    this.#ask = async (id, signal) =>
      askFate === undefined
        ? { kind: "unsupported" }
        : await waits.request(`the fate of ${id}`, () => askFate(id, signal));
  }

  /** A batch was, or may have been, tried without an answer. */
  add({ id }: DispatchBatch): void {
    if (!this.#refusals.has(id)) this.#refusals.set(id, 0);
  }

  /** A batch is settled. */
  forget({ id }: DispatchBatch): void {
    this.#refusals.delete(id);
  }

  /** What the server says of a batch. Throws only the signal's reason. */
  fate({ id }: DispatchBatch, signal: AbortSignal): Promise<BatchFate> {
    return this.#ask(id, signal);
  }

  /** What a refusal of a batch means. Throws only the signal's reason. */
  async resolve(
    { id }: DispatchBatch,
    { reason }: GiveUpOutcome,
    signal: AbortSignal,
  ): Promise<Resolution> {
    const before = this.#refusals.get(id);
    // Every try of it was answered: the server's word is all there is to know.
    if (before === undefined) return { kind: "refused", doubled: false };
    const fate = await this.#ask(id, signal);
    if (fate.kind === "retry") return { ...fate, kind: "repeat" };
    if (fate.kind === "received") return fate;
    // Nobody can tell: a few repetitions may bring an answer that settles it, endless ones would hold the stream up.
    if (fate.kind === "unsupported" && before + 1 < REFUSALS_BEFORE_DECISION) {
      this.#refusals.set(id, before + 1);
      return { kind: "repeat", reason };
    }
    this.#refusals.delete(id);
    return { kind: "refused", doubled: fate.kind === "unsupported" };
  }
}
