/**
 * Sessions at the page that were ended before their time.
 *
 * @module
 */

/** Remembers them for as long as a token of theirs is good. */
export interface EndedSessions {
  /** Whether the session was ended, as far as this manager knows. */
  has(id: string): boolean;
  /**
   * Ends a session: at once here, and as soon as it can be told at every other manager.
   *
   * @param untilMs when no token of it is good any more, in milliseconds since 1970
   */
  end(id: string, untilMs: number): Promise<void>;
}
