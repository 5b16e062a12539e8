/**
 * States over a real queue in a temporary folder, and a server of documents that does as it is told.
 *
 * @module
 */

import { StateAnswers } from "../../../../src/agent/app/state_parts.ts";
import { STATE_SCHEMA } from "../../../../src/agent/state/schema.ts";
import { adoptStates } from "../../../../src/agent/state/adopt_states.ts";
import { StateCore } from "../../../../src/agent/state/state_core.ts";
import { ModuleStateKeeper } from "../../../../src/agent/state/state_keeper.ts";
import { StateUpkeep } from "../../../../src/agent/state/state_upkeep.ts";
import type {
  SourceDeclaration,
  StateOptions,
  StateServer,
} from "../../../../src/agent/state/types.ts";
import type { Queue } from "../../../../src/agent/queue/queue.ts";
import type { QueueOptions } from "../../../../src/agent/queue/queue_options.ts";
import { readResults } from "../../../../src/agent/comms/answers/event_results.ts";
import { sentStates } from "../../../../src/shared/protocol/stateful_headers.ts";
import { eventEnds } from "../../../../src/shared/protocol/event_boundaries.ts";
import {
  BucketDigests,
  bucketOf,
  BUCKETS,
  documentDigest,
} from "../../../../src/shared/states/document_digest.ts";
import { FakeClock, settle, type Turn } from "../../../support/fake_clock.ts";
import { openQueue, type TempFolder } from "../../../support/queues.ts";

/** A document as a server has it. */
type Document = Record<string, unknown>;

/** A stateful event as a server reads it. */
export interface SentEvent {
  header: { module: string; collector: string; id: string; operation: string };
  data: Document | undefined;
}

/** What a server answers to one event: the status that strict servers give, unless a rule says otherwise. */
export type Rule = (event: SentEvent) => number | undefined;

/** Documents as a strict server keeps them. */
export class DocumentServer {
  readonly documents = new Map<string, Document>();
  readonly events: SentEvent[] = [];
  /** Requests, each with its events. */
  readonly requests: SentEvent[][] = [];
  rule: Rule = () => undefined;
  /** Refuses a whole request. */
  refuse: (events: readonly SentEvent[]) => { status: number; reason: string } | undefined = () =>
    undefined;
  canCompare = true;
  isAway = false;

  /** Takes a request; what it says of each event. */
  take(lines: Uint8Array) {
    const events = readEvents(lines);
    if (this.isAway) return { kind: "retry", reason: "away" } as const;
    const refusal = this.refuse(events);
    if (refusal) return { kind: "give_up", ...refusal } as const;
    this.requests.push(events);
    const results = events.map((event) => {
      const status = this.rule(event) ?? this.#apply(event);
      if (status < 300) this.events.push(event);
      return { id: event.header.id, status, result: "told" };
    });
    return { kind: "done", results } as const;
  }

  /** Documents of a collector by id. */
  of(module: string, collector: string): Map<string, Document> {
    const prefix = `${module} ${collector} `;
    return new Map(
      [...this.documents].filter(([key]) => key.startsWith(prefix))
        .map(([key, data]) => [key.slice(prefix.length), data]),
    );
  }

  #apply({ header: { module, collector, id, operation }, data }: SentEvent): number {
    const key = `${module} ${collector} ${id}`;
    const isThere = this.documents.has(key);
    if (operation === "create" && isThere) return 409;
    if (operation !== "create" && !isThere) return 404;
    if (operation === "delete") this.documents.delete(key);
    else this.documents.set(key, data ?? {});
    return operation === "create" ? 201 : 200;
  }
}

/** States of a module, `test` unless another is named, from one start of the agent to its end. */
export class StateScene implements Disposable {
  readonly queue: Queue;
  readonly core: StateCore;
  readonly keeper: ModuleStateKeeper;
  readonly upkeep: StateUpkeep;
  readonly clock: FakeClock;
  readonly server: DocumentServer;
  options: StateOptions = {
    schema: "6.0",
    window: 2_000,
    integrityIntervalMs: 24 * 3_600_000,
    resync: "off",
  };
  declaration: SourceDeclaration = { isActive: true, counters: [], hasTimestamp: true };
  readonly signal: AbortSignal;
  readonly #stop = new AbortController();

  constructor(
    folder: TempFolder,
    {
      agentId = "agent-1",
      module = "test",
      server = new DocumentServer(),
      clock = new FakeClock(),
      ...queue
    }:
      & { agentId?: string; module?: string; server?: DocumentServer; clock?: FakeClock }
      & Partial<QueueOptions> = {},
  ) {
    const answers = new StateAnswers();
    this.clock = clock;
    this.server = server;
    this.signal = this.#stop.signal;
    this.queue = openQueue(folder, {
      parts: [STATE_SCHEMA],
      now: () => clock.now(),
      onAnswered: answers.note,
      ...queue,
    });
    this.core = new StateCore({
      queue: this.queue,
      clock,
      agentId,
      options: () => this.options,
      declarationOf: () => this.declaration,
    });
    answers.tell(this.core);
    this.keeper = new ModuleStateKeeper(this.core, module);
    this.upkeep = new StateUpkeep(this.core, this.#server());
  }

  /** Makes the states those of this agent. */
  async adopt(): Promise<void> {
    await adoptStates(
      this.core,
      (withdrawal) => this.queue.transact(({ withdraw }) => withdraw(withdrawal)),
    );
  }

  /** Works in the background and sends batches until nothing is left to do now. */
  async deliver(
    { maxEvents = 1_000, turn = "timer" }: { maxEvents?: number; turn?: Turn } = {},
  ): Promise<void> {
    const stop = new AbortController();
    const running = this.upkeep.run(stop.signal);
    for (let idle = 0; idle < 3;) {
      await settle(turn);
      idle = await this.#sendOne(maxEvents) ? 0 : idle + 1;
    }
    stop.abort("done");
    await running;
  }

  /** A thing called `key`. */
  item(key: string, value: unknown = 1) {
    return { key, id: this.keeper.documentId(key), document: { test: { name: key, value } } };
  }

  /** What the server shows, by name. */
  shown(collector = "things"): Record<string, unknown> {
    const documents = [...this.server.of("test", collector).values()] as {
      test: { name: string; value: unknown };
    }[];
    return Object.fromEntries(
      documents.map(({ test }) => [test.name, test.value] as const)
        .sort(([one], [other]) => one < other ? -1 : 1),
    );
  }

  /** What the stateless events that wait say, which are then settled. */
  async told(): Promise<unknown[]> {
    const batch = await this.queue.claim("stateless", {
      limits: { max_events: 100_000, max_bytes: 100_000_000 },
      encoding: "identity",
      agent_line: "{}",
    });
    if (batch === undefined) return [];
    const lines = new TextDecoder().decode(this.queue.body(batch)).split("\n").slice(1);
    await this.queue.acknowledge(batch, { status: 200 });
    return lines.filter((_, index) => index % 2 === 1).map((line) => JSON.parse(line));
  }

  [Symbol.dispose](): void {
    this.#stop.abort("end");
    this.queue.close();
  }

  /** False when nothing waits. */
  async #sendOne(maxEvents: number): Promise<boolean> {
    const [open] = this.queue.openBatches("stateful");
    const batch = open ?? await this.queue.claim("stateful", {
      limits: { max_events: maxEvents, max_bytes: 1_000_000 },
      encoding: "identity",
      agent_line: JSON.stringify({ agent: { id: this.core.deps.agentId } }),
    });
    if (batch === undefined) return false;
    const body = this.queue.body(batch);
    const answer = this.server.take(body.subarray(body.indexOf(0x0a)));
    if (answer.kind === "retry") return false;
    if (answer.kind === "give_up") {
      const halves = await this.queue.halve(batch);
      if (halves === undefined) await this.queue.setAside(batch, answer);
      return true;
    }
    const results = readResults(answer, () => sentStates(body));
    await this.queue.acknowledge(batch, { status: 200, ...results });
    return true;
  }

  #server(): StateServer {
    return {
      send: (lines) => {
        const answer = this.server.take(new TextEncoder().encode(lines));
        if (answer.kind !== "done") return Promise.resolve(answer);
        const body = new TextEncoder().encode(`{}${lines}`);
        const results = readResults(answer, () => sentStates(body));
        return Promise.resolve({ kind: "done", status: 200, ...results });
      },
      probe: () => Promise.resolve({ kind: "give_up", status: 400, reason: "no events" }),
      compare: ({ module, collector }, buckets) => {
        if (!this.server.canCompare) return Promise.resolve({ kind: "unsupported" });
        return Promise.resolve(compare(this.server.of(module, collector), buckets));
      },
    };
  }
}

function compare(documents: Map<string, Document>, buckets: readonly string[]) {
  const digests = new BucketDigests();
  for (const [id, data] of documents) digests.add(id, documentDigest(data));
  const own = digests.toHex();
  const differ = Array.from({ length: BUCKETS }, (_, bucket) => bucket)
    .filter((bucket) => own[bucket] !== buckets[bucket]);
  const known = differ.map((bucket) => {
    const inBucket = [...documents].filter(([id]) => bucketOf(id) === bucket)
      .map(([id, data]) => [id, hex(documentDigest(data))] as const);
    return [bucket, new Map(inBucket)] as const;
  });
  return { kind: "compared", differ, documents: new Map(known) } as const;
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function readEvents(lines: Uint8Array): SentEvent[] {
  const decoder = new TextDecoder();
  let start = 0;
  return eventEnds("stateful", lines).map((end) => {
    const [, header = "", data] = decoder.decode(lines.subarray(start, end)).split("\n");
    start = end;
    return { header: JSON.parse(header), data: data === undefined ? undefined : JSON.parse(data) };
  });
}
