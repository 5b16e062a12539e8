/**
 * The events as whoever wants them elsewhere reads them: page by page, in the order in which they were stored.
 *
 * @module
 */

/** A page. */
export interface EventPage {
  /** Whole lines with their ends; empty when there is nothing newer. */
  text: string;
  /** How many of what was asked for are no longer kept. */
  missing: { count: number; of: "events" | "batches" };
}

/** Reads the events. */
export interface EventFeed {
  /**
   * What comes after an event.
   *
   * @param after `number` of that event's line; @default the beginning
   * @param limit events at most; a page ends before that when it is large
   * @throws InvalidRequest when `after` is none, ConflictingRequest when no event has had it yet
   */
  page(after: string | undefined, limit: number): Promise<EventPage>;
}

/** A page ends here, with a whole event: what was sent in one request may be 10 MB. */
export const MAX_PAGE_CHARACTERS = 4_000_000;
