/**
 * Reports of agents on their commands.
 *
 * @module
 */

/** What an agent says became of a command. */
export interface CommandReport {
  documentId: string;
  /** The data line of the event; not checked. */
  data: unknown;
}
