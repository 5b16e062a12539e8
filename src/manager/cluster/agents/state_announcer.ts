/**
 * Announces changes of states, whichever manager has found them: they lie on the cluster together with the state, and one durable
 * consumer of that stream (`announcer`) hands them to the manager that has the duty. It acknowledges a change once its own announcer has
 * passed it on. So a manager that dies at whatever moment leaves nothing unsaid; what is said twice then has the same `change_id`.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import { AckPolicy, DeliverPolicy, type JsMsg } from "@nats-io/jetstream";
import { nanos } from "@nats-io/transport-node";
import type { Clock } from "../../../shared/clock.ts";
import { messageOf } from "../../../shared/errors.ts";
import { transaction } from "../../../shared/sqlite/transaction.ts";
import type { Announcer, StatusChange } from "../../keep_alive/announcement.ts";
import { Loop } from "../../loop.ts";
import type { Store } from "../../store.ts";
import type { Membership } from "../../stores/membership.ts";
import type { ClusterLink } from "../link/cluster_link.ts";
import { portion } from "../link/portion.ts";
import { timely } from "../link/timely.ts";

const log = getLogger(["manager", "cluster"]);

const CONSUMER = "announcer";
const LOOK_EVERY_MS = 1_000;
const PORTION = { most: 256, expiresMs: 1_000 };
/** Unless it is acknowledged until then a change comes again, wherever the duty is by then. */
const ACKNOWLEDGE_WITHIN_MS = 30_000;
const MOST_UNDER_WAY = 1_000;
const AGAIN_AFTER_MS = 1_000;
const FLUSH_WITHIN_MS = 1_000;

/** What a {@linkcode StateAnnouncer} works with. */
interface StateAnnouncerParts {
  link: ClusterLink;
  /** Of the states. */
  stream: string;
  members: Pick<Membership, "holds">;
  store: Pick<Store, "database">;
  announcer: Announcer;
  clock: Clock;
}

/** Announces. */
export class StateAnnouncer {
  readonly #parts: StateAnnouncerParts;
  readonly #loop: Loop;
  /** Changes that this manager's announcer has, and has not passed on yet, by their sequence. */
  readonly #underWay = new Map<number, JsMsg>();

  constructor(parts: StateAnnouncerParts) {
    this.#parts = parts;
    this.#loop = new Loop({
      clock: parts.clock,
      name: "announce how agents stand",
      step: async (signal) => {
        while (!signal.aborted && parts.members.holds("announce")) {
          if (!await this.#announceSome(signal)) break;
        }
        return LOOK_EVERY_MS;
      },
    });
  }

  /** Makes the consumer where it is missing: it begins with what comes from then on. */
  async start(): Promise<void> {
    const { link, stream } = this.#parts;
    await link.manager.consumers.add(stream, {
      durable_name: CONSUMER,
      ack_policy: AckPolicy.Explicit,
      deliver_policy: DeliverPolicy.New,
      ack_wait: nanos(ACKNOWLEDGE_WITHIN_MS),
      max_ack_pending: MOST_UNDER_WAY,
    });
    this.#loop.start();
  }

  /** Ends. What has not been passed on is announced by the next one. */
  async stop(): Promise<void> {
    await this.#loop.stop();
    for (const message of this.#underWay.values()) message.nak();
    this.#underWay.clear();
    const { connection } = this.#parts.link;
    // What was acknowledged is to be known before the connection is closed.
    await timely(connection.flush(), FLUSH_WITHIN_MS).catch(() => {});
  }

  /** Returns false when that cannot be done now: without a leader nothing comes, and others say so. */
  async #announceSome(signal: AbortSignal): Promise<boolean> {
    const { link, stream } = this.#parts;
    try {
      const consumer = await link.js.consumers.get(stream, CONSUMER);
      for await (const message of portion(consumer, { ...PORTION, signal })) this.#take(message);
      return true;
    } catch (error) {
      log.debug("Cannot announce how agents stand: {reason}", { reason: messageOf(error) });
      return false;
    }
  }

  #take(message: JsMsg): void {
    const { seq } = message;
    // It waits for its own announcer, such as while NATS is away.
    if (this.#underWay.has(seq)) return message.working();
    const findings = findingsIn(message);
    if (findings.length === 0) return message.ack();
    const { store, announcer } = this.#parts;
    try {
      transaction(store.database, () => announcer.announce(findings))();
    } catch (error) {
      log.warn("Cannot announce a change, it comes again: {reason}", { reason: messageOf(error) });
      return message.nak(AGAIN_AFTER_MS);
    }
    this.#underWay.set(seq, message);
    void Promise.resolve(announcer.passedOn?.()).then(() => {
      if (this.#underWay.delete(seq)) message.ack();
    });
  }
}

/** What a revision of a state says is to be announced. */
function findingsIn({ headers, data, seq }: JsMsg): StatusChange[] {
  if ((headers?.get("KV-Operation") ?? "") !== "") return [];
  const { findings = [] }: { findings?: readonly StatusChange[] } = JSON.parse(
    new TextDecoder().decode(data),
  );
  return findings.map((finding, index) => ({
    ...finding,
    changeId: `${finding.agentId}-${seq}${index === 0 ? "" : `.${index}`}`,
  }));
}
