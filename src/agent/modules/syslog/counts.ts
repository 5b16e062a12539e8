/**
 * What the module counts: the numbers of its status and of the metrics.
 *
 * @module
 */

/** Numbers since the agent started, but for `connections`. */
export class Counts {
  /** Open now. */
  connections = 0;
  /** Whole messages that came, also those that were dropped. */
  messages = 0;
  /** Of them, those that were longer than the bound. */
  truncated = 0;
  /** Messages that had to be dropped; each is in the loss ledger. */
  dropped = 0;
  /** Of them, datagrams that the kernel dropped because they were not read in time. */
  droppedByKernel = 0;
  /** Messages of which only a part came; they are in the loss ledger, too. */
  incomplete = 0;
  /** Connections that were cut because nobody could tell their messages apart. */
  malformed = 0;
  /** Datagrams and connections of those who may not send. */
  refusedPeers = 0;
  /** Connections that were one too many. */
  refusedConnections = 0;
  /** Connections that did not get as far as their first message: TLS failed. */
  failedHandshakes = 0;
  /** Connections that were cut for their silence. */
  idleConnections = 0;

  /** As the status shows them. */
  details(): Record<string, number> {
    return {
      connections: this.connections,
      messages: this.messages,
      truncated: this.truncated,
      dropped: this.dropped,
      dropped_by_kernel: this.droppedByKernel,
      incomplete: this.incomplete,
      malformed: this.malformed,
      refused_peers: this.refusedPeers,
      refused_connections: this.refusedConnections,
      failed_handshakes: this.failedHandshakes,
      idle_connections: this.idleConnections,
    };
  }

  /** Goes on with the numbers of the one before. */
  add(other: Counts): void {
    for (const name of Object.keys(other) as NumberOf[]) {
      if (name !== "connections") this[name] += other[name];
    }
  }
}

type NumberOf = {
  [Name in keyof Counts]: Counts[Name] extends number ? Name : never;
}[keyof Counts];
