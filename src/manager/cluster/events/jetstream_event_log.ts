/**
 * Events on JetStream: a batch is one message, stored once whichever node it comes to.
 *
 * What a batch does beside being stored is done after it, and again for each repeat: doing it twice does no harm, and so a manager that
 * dies in between is mended by the agent, which asks again. What is answered follows from the batch alone.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { Clock } from "../../../shared/clock.ts";
import type { Stream } from "../../../shared/protocol/wire.ts";
import { statefulAnswer, STATELESS_ANSWER } from "../../events/accepted.ts";
import type { Answer } from "../../events/answers.ts";
import type { EventStore } from "../../events/event_store.ts";
import type { Agents } from "../../stores/agents.ts";
import type { Acceptance, EventLog, EventRequest, Submission } from "../../stores/event_log.ts";
import { unavailable } from "../link/cluster_failure.ts";
import type { ClusterLink } from "../link/cluster_link.ts";
import { FlowGate } from "./flow_gate.ts";
import { HandOver } from "./hand_over.ts";
import { changesIn } from "./kept_lines.ts";
import { answerIn } from "./known_batches.ts";
import type { Names } from "../link/names.ts";
import { newestMessage } from "../link/newest_message.ts";
import { type Batch, type Stored, SubjectLog } from "./subject_log.ts";
import { Wandering } from "./wandering.ts";

const STREAMS: readonly Stream[] = ["stateless", "stateful"];
/** How long an answer waits until this node's documents have followed. */
const FOLLOW_WITHIN_MS = 1_000;
/** How long an agent that compares waits for it. */
const SHOWN_WITHIN_MS = 3_000;

/** What a {@linkcode JetStreamEventLog} works with. */
interface EventLogParts {
  link: ClusterLink;
  names: Names;
  agents: Pick<Agents, "has">;
  /** Counts what this node has stored. */
  counts: Pick<EventStore, "countStored" | "countRepeat">;
  /** Carries out what a batch says of orders; done again, it changes nothing. */
  report(agentId: string, submission: Submission): Promise<void>;
  /** Followers of the streams, by their index. */
  followers: readonly { reached(sequence: number, withinMs: number): Promise<boolean> }[];
  /** The node that watches an agent; `undefined` when nobody else does. */
  holderOf(agentId: string): string | undefined;
  clock: Clock;
}

/** The events of a cluster. */
export class JetStreamEventLog implements EventLog {
  readonly #parts: EventLogParts;
  readonly #log: SubjectLog;
  readonly #gate = new FlowGate();
  readonly #wandering: Wandering;
  readonly #handOver: HandOver;

  constructor(parts: EventLogParts) {
    this.#parts = parts;
    this.#log = new SubjectLog(parts.link);
    this.#wandering = new Wandering(parts.clock);
    this.#handOver = new HandOver(parts.link);
  }

  /** Takes batches from other nodes from now on. They have passed the gate there: two nodes must not wait for each other's. */
  start(): void {
    this.#handOver.take((batch) => this.#storeHere(batch));
  }

  /** Takes none any more. */
  stop(): Promise<void> {
    return this.#handOver.stop();
  }

  async accept(request: EventRequest, read: () => Submission): Promise<Acceptance> {
    if (!await this.#parts.agents.has(request.agentId)) return { kind: "unknown agent" };
    const submission = read();
    const { lines, utf8 = new TextEncoder().encode(lines) } = submission.group;
    const { kind, sequence, index } = await this.#gate.run(
      utf8.length,
      () => this.#store(request, submission, utf8),
    );
    if (kind === "conflict") return { kind };
    await this.#parts.report(request.agentId, submission);
    if (submission.group.stream === "stateful") {
      await this.#parts.followers[index]?.reached(sequence, FOLLOW_WITHIN_MS);
    }
    if (kind === "stored") this.#parts.counts.countStored(submission);
    else this.#parts.counts.countRepeat();
    return { kind, answer: submission.answer };
  }

  async answerTo(agentId: string, key: string): Promise<Answer | undefined> {
    for (const stream of STREAMS) {
      const place = this.#parts.names.placeOf({ agentId, stream, key });
      const found = await this.#log.find({ ...place, key });
      if (found === undefined) continue;
      return stream === "stateless"
        ? STATELESS_ANSWER
        : await this.#statefulAnswer(key, { ...place, ...found });
    }
    return undefined;
  }

  async repeatUnread(agentId: string, key: string): Promise<Answer | undefined> {
    const answer = await this.answerTo(agentId, key);
    if (answer !== undefined) this.#parts.counts.countRepeat();
    return answer;
  }

  async whenShown(agentId: string): Promise<void> {
    const places = ["any", undefined].map((key) =>
      this.#parts.names.placeOf({ agentId, stream: "stateful", key })
    );
    const newest = await Promise.all(
      places.map((place) => newestMessage(this.#parts.link, place)),
    ).catch((error) => {
      throw unavailable(error);
    });
    for (const [place, { index }] of places.entries()) {
      const sequence = newest[place]?.seq ?? 0;
      if (await this.#parts.followers[index]?.reached(sequence, SHOWN_WITHIN_MS)) continue;
      throw unavailable(new Error("this manager is behind with the documents of agents"));
    }
  }

  async #store(
    { agentId, requestKey }: EventRequest,
    { group }: Submission,
    payload: Uint8Array,
  ): Promise<Stored & { index: number }> {
    const { stream, receivedAtMs, events } = group;
    const place = this.#parts.names.placeOf({ agentId, stream, key: requestKey?.key });
    const headers = {
      Agent: agentId,
      At: String(receivedAtMs),
      Events: String(events),
      Node: this.#parts.link.options.node,
      Stream: stream,
    };
    const batch = { ...place, payload, headers };
    const stored = requestKey === undefined
      ? await this.#storeUnkeyed(batch)
      : await this.#storeKeyed({ ...batch, ...requestKey }, this.#parts.holderOf(agentId));
    return { ...stored, index: place.index };
  }

  /** By the agent's holder where this node has not been first lately. */
  async #storeKeyed(batch: Batch, holder: string | undefined): Promise<Stored> {
    if (holder === undefined || !this.#wandering.isShared(batch.subject)) {
      return await this.#storeHere(batch);
    }
    return await this.#handOver.give(holder, batch) ?? await this.#storeHere(batch, true);
  }

  async #storeHere(batch: Batch, mayBeOurs = false): Promise<Stored> {
    const stored = await this.#log.append(batch, mayBeOurs);
    this.#wandering.stored(batch.subject, stored.contested === true);
    return stored;
  }

  /** Nothing tells it from another one with the same events: stored at least once. */
  async #storeUnkeyed(
    { subject, payload, headers }: Pick<Batch, "subject" | "payload" | "headers">,
  ): Promise<Stored> {
    try {
      const sequence = await this.#parts.link.publisher.publish(subject, payload, headers);
      return { kind: "stored", sequence };
    } catch (error) {
      throw unavailable(error);
    }
  }

  async #statefulAnswer(
    key: string,
    { stream, sequence }: { stream: string; sequence: number },
  ): Promise<Answer | undefined> {
    const message = await this.#parts.link.manager.streams
      .getMessage(stream, { seq: sequence })
      .catch((error) => {
        throw unavailable(error);
      });
    if (message?.header.has("Known")) {
      const body = answerIn(message.header.get("Answers"), key);
      return body === undefined ? undefined : { status: 200, body };
    }
    const text = Buffer.from(message?.data ?? new Uint8Array()).toString("utf8");
    return statefulAnswer(changesIn(text));
  }
}
