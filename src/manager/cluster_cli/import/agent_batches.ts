/**
 * What a manager that was alone knows of an agent's events, as messages of a cluster, in this order:
 *
 * 1. which batches were accepted whose events are no longer kept (see `known_batches.ts`),
 * 2. the agent's documents, as events that create them,
 * 3. the events that are kept, batch by batch.
 *
 * So each batch that the agent may send again is known, and the documents become what they were: the newest events are played over them.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { inflateRawSync } from "node:zlib";
import {
  answersText,
  KNOWN_BYTES,
  type KnownBatch,
  knownText,
} from "../../cluster/events/known_batches.ts";
import type { Names } from "../../cluster/link/names.ts";
import { SeenList } from "../../cluster/events/seen_list.ts";
import type { Row } from "../../commands/order.ts";
import type { Stream } from "../../../shared/protocol/wire.ts";
import type { NumberedMessage, Place } from "./ordered_writer.ts";
import type { SingleManager } from "./single_manager.ts";

const MOST_DOCUMENTS = 1_000;
/** Of the header that names batches, and again of the one that has answers: JetStream takes 64 kB of headers with a message. */
const MOST_HEADER_BYTES = 24 * 1_024;
const CREATED = 200;

interface Accepted extends KnownBatch {
  stream: Stream;
  /** Deflated. */
  body: Uint8Array;
}

interface Content {
  at: number;
  stream: Stream;
  lines: string;
  headers?: Readonly<Record<string, string>>;
}

/** What {@linkcode AgentBatches} works with. */
interface AgentBatchesParts {
  single: SingleManager;
  names: Names;
  /** Largest payload, in bytes. */
  maxBytes: number;
}

/** The messages of one agent. */
export class AgentBatches {
  readonly #parts: AgentBatchesParts;
  readonly #agentId: string;
  readonly #lanes = new Map<string, { seen: SeenList; number: number }>();
  /** Events that do not fit into a message, each by itself: a cluster cannot keep them. */
  tooLarge = 0;

  constructor(agentId: string, parts: AgentBatchesParts) {
    this.#agentId = agentId;
    this.#parts = parts;
  }

  /** The same ones each time. */
  *messages(): Generator<NumberedMessage> {
    const accepted = this.#accepted();
    const kept = this.#keptBatches();
    yield* this.#known([...accepted.values()].filter(({ key }) => !kept.has(key)));
    yield* this.#documents();
    yield* this.#events(accepted);
  }

  #accepted(): Map<string, Accepted> {
    const rows = this.#rows(
      "SELECT key, fingerprint, status, body FROM answers WHERE agent_id = ? ORDER BY number",
    );
    return new Map(Array.from(rows, ({ key, fingerprint, status, body }) => [String(key), {
      key: String(key),
      fingerprint: fingerprint as Uint8Array,
      stream: status === CREATED ? "stateful" : "stateless",
      body: body as Uint8Array,
    }]));
  }

  /** Batches whose events are kept and fit into one message. */
  #keptBatches(): Set<string> {
    const rows = this.#rows(
      `SELECT batch_id FROM event_groups WHERE agent_id = ? AND batch_id IS NOT NULL
         AND length(CAST(lines AS BLOB)) <= ${this.#parts.maxBytes}`,
    );
    return new Set(Array.from(rows, ({ batch_id }) => String(batch_id)));
  }

  *#known(batches: readonly Accepted[]): Generator<NumberedMessage> {
    const lanes = Map.groupBy(batches, ({ stream, key }) => this.#place(stream, key).subject);
    const most = Math.floor(MOST_HEADER_BYTES / KNOWN_BYTES);
    for (const lane of lanes.values()) {
      for (let at = 0; at < lane.length; at += most) {
        yield this.#knownMessage(lane.slice(at, at + most));
      }
    }
  }

  #knownMessage(part: readonly Accepted[]): NumberedMessage {
    const [{ stream, key } = { stream: "stateless" as const, key: "" }] = part;
    const place = this.#place(stream, key);
    for (const { key, fingerprint } of part) this.#see(place, key, fingerprint);
    const answers = stream === "stateful" ? newestAnswers(part) : undefined;
    const headers = { Known: knownText(part), ...(answers && { Answers: answers }) };
    return this.#message(place, { at: 0, stream, lines: "", headers });
  }

  /** Those that changed last at one time are one message: it says when. */
  *#documents(): Generator<NumberedMessage> {
    const place = this.#place("stateful", "");
    const rows = this.#rows(
      `SELECT module, collector, id, data, updated_at FROM documents WHERE agent_id = ?
       ORDER BY updated_at, module, collector, id`,
    );
    let [lines, at, bytes]: [string[], number, number] = [[], 0, 0];
    for (const row of rows) {
      const event = eventOf(row);
      const size = Buffer.byteLength(event) + 1;
      if (size > this.#parts.maxBytes) {
        this.tooLarge++;
        continue;
      }
      const isFull = lines.length === MOST_DOCUMENTS || bytes + size > this.#parts.maxBytes;
      if (lines.length > 0 && (isFull || row.updated_at !== at)) {
        yield this.#message(place, { at, stream: "stateful", lines: lines.join("\n") });
        [lines, bytes] = [[], 0];
      }
      lines.push(event);
      [at, bytes] = [Number(row.updated_at), bytes + size];
    }
    if (lines.length > 0) {
      yield this.#message(place, { at, stream: "stateful", lines: lines.join("\n") });
    }
  }

  *#events(accepted: ReadonlyMap<string, Accepted>): Generator<NumberedMessage> {
    const rows = this.#rows(
      `SELECT received_at, stream, batch_id, lines FROM event_groups WHERE agent_id = ?
       ORDER BY last_event`,
    );
    for (const row of rows) {
      const content = {
        at: Number(row.received_at),
        stream: row.stream as Stream,
        lines: String(row.lines),
      };
      const batch = accepted.get(String(row.batch_id));
      const parts = this.#partsOf(content.lines);
      if (batch !== undefined && parts.length === 1) yield this.#batch(batch, content);
      else yield* parts.map((lines) => this.#unkeyed({ ...content, lines }, batch));
    }
  }

  #batch({ key, fingerprint, stream }: Accepted, content: Content): NumberedMessage {
    const place = this.#place(stream, key);
    this.#see(place, key, fingerprint);
    const headers = {
      Batch: encodeURIComponent(key),
      Fp: Buffer.from(fingerprint).toString("base64url"),
    };
    return this.#message(place, { ...content, headers });
  }

  /** Of a batch that is not known any more, or is among those that are known already: its events are in order all the same. */
  #unkeyed(content: Content, batch: Accepted | undefined): NumberedMessage {
    return this.#message(this.#place(content.stream, batch?.key), content);
  }

  #message(place: Place, { at, stream, lines, headers }: Content): NumberedMessage {
    const lane = this.#lane(place);
    lane.number++;
    return {
      ...place,
      number: lane.number,
      payload: lines,
      headers: {
        Agent: this.#agentId,
        At: String(at),
        Events: String(Math.floor(lines.split("\n").length / 2)),
        Node: "import",
        Stream: stream,
        ...headers,
        ...(lane.seen !== SeenList.EMPTY && { Seen: lane.seen.toText() }),
      },
    };
  }

  #see(place: Place, key: string, fingerprint: Uint8Array): void {
    const lane = this.#lane(place);
    lane.seen = lane.seen.with(key, fingerprint);
  }

  #lane({ subject }: Place): { seen: SeenList; number: number } {
    const lane = this.#lanes.get(subject) ?? { seen: SeenList.EMPTY, number: 0 };
    this.#lanes.set(subject, lane);
    return lane;
  }

  #place(stream: Stream, key: string | undefined): Place {
    const { stream: name, subject } = this.#parts.names
      .placeOf({ agentId: this.#agentId, stream, key });
    return { stream: name, subject };
  }

  /** Lines in parts that fit into a message; header and data stay together. */
  #partsOf(lines: string): string[] {
    const { maxBytes } = this.#parts;
    if (Buffer.byteLength(lines) <= maxBytes) return [lines];
    const all = lines.split("\n");
    const parts: string[][] = [];
    let bytes = Infinity;
    for (let at = 0; at < all.length; at += 2) {
      const event = `${all[at]}\n${all[at + 1] ?? ""}`;
      const size = Buffer.byteLength(event) + 1;
      if (size > maxBytes) this.tooLarge++;
      if (size > maxBytes) continue;
      if (bytes + size > maxBytes) [parts[parts.length], bytes] = [[], 0];
      parts.at(-1)?.push(event);
      bytes += size;
    }
    return parts.map((part) => part.join("\n"));
  }

  #rows(sql: string): Iterable<Row> {
    return this.#parts.single.rows(sql, this.#agentId);
  }
}

/** As `event_body.ts` keeps it. */
function eventOf({ module, collector, id, data }: Row): string {
  const source = collector === "" ? { module } : { module, collector };
  return `${JSON.stringify({ ...source, id, operation: "create" })}\n${data}`;
}

/** As many as there is room for: they are for batches that cannot be read when they come again. */
function newestAnswers(batches: readonly Accepted[]): string {
  const answers: Record<string, string> = {};
  let text = answersText(answers);
  for (const { key, body } of batches.toReversed()) {
    answers[key] = Buffer.from(inflateRawSync(body)).toString("utf8");
    const longer = answersText(answers);
    if (longer.length > MOST_HEADER_BYTES) return text;
    text = longer;
  }
  return text;
}
