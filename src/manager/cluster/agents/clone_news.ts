/**
 * What the managers tell each other of identities that several machines use: by messages that nobody keeps, since what is seen of a clone is
 * seen again and again.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import type { CloneSignal } from "../../keep_alive/clone_signals.ts";
import { messageOf } from "../../../shared/errors.ts";
import type { ClusterLink } from "../link/cluster_link.ts";

const log = getLogger(["manager", "cluster"]);

/** Who is told. */
export interface CloneListener {
  /** A poll of an agent at one manager has taken the place of one at another. */
  replacedElsewhere(agentId: string, by: { loser: string; winner: string }): void;
  /** Another manager has found that several machines use an identity. */
  clonedElsewhere(agentId: string, signals: readonly CloneSignal[]): void;
}

/** A message: that a poll was lost to one at another manager, or a finding. */
type News =
  | { agent: string; node: string; lost_to: string }
  | { agent: string; node: string; signals: readonly CloneSignal[] };

/** Tells and is told. */
export class CloneNews {
  readonly #link: ClusterLink;
  readonly #node: string;

  constructor(link: ClusterLink, node: string) {
    this.#link = link;
    this.#node = node;
  }

  /** An agent has lost its poll here to one at the manager `winner`. */
  tellReplaced(agent: string, winner: string): void {
    this.#tell({ agent, node: this.#node, lost_to: winner });
  }

  /** Several machines use an identity. */
  tellCloned(agent: string, signals: readonly CloneSignal[]): void {
    this.#tell({ agent, node: this.#node, signals });
  }

  /** Hands on what is told, until the signal. */
  async follow(listener: () => CloneListener | undefined, signal: AbortSignal): Promise<void> {
    const subscription = this.#link.connection.subscribe(this.#subject);
    signal.addEventListener("abort", () => subscription.unsubscribe());
    for await (const message of subscription) this.#hear(message.json<News>(), listener());
  }

  #hear(news: News, listener: CloneListener | undefined): void {
    const { agent, node } = news;
    // Of a lost poll all are told at once, this manager too: each sees the same turns in the same order.
    if ("lost_to" in news) {
      listener?.replacedElsewhere(agent, { loser: node, winner: news.lost_to });
    } else if (node !== this.#node) listener?.clonedElsewhere(agent, news.signals);
  }

  #tell(news: News): void {
    try {
      this.#link.connection.publish(this.#subject, JSON.stringify(news));
    } catch (error) {
      log.debug("Others are not told of a clone: {reason}", { reason: messageOf(error) });
    }
  }

  get #subject(): string {
    return `${this.#link.options.name}.clones`;
  }
}
