/**
 * How far the refusals of a server can be believed, by what it has said of late.
 *
 * @module
 */

/** One answer to something that was tried. */
interface Tried {
  /** What was tried. */
  subject: object;
  refused: boolean;
  /** The server has taken what it had refused before, unchanged. */
  contradiction: boolean;
}

/** So many answers are remembered. */
const REMEMBERED = 128;
/** So many of them, the latest about other events, tell how often the server refuses what is good. */
const SAMPLE = 32;
/** So often an event is refused again, each time after the server has taken another one, before it is set aside. */
const USUAL_CONFIRMATIONS = 3;
/** More tell nothing new of an event that is bad. */
const MOST_CONFIRMATIONS = 40;
/** Share of good events that may be set aside at a server which refuses at random. */
const ACCEPTED_ERROR = 1e-6;

/** What a server said to what it was sent, while refusals were looked into. */
export class RefusalRecord {
  #tried: Tried[] = [];

  /** `again`: it had been refused before. */
  note(subject: object, { refused, again }: { refused: boolean; again: boolean }): void {
    this.#tried.push({ subject, refused, contradiction: again && !refused });
    if (this.#tried.length > REMEMBERED) this.#tried.shift();
  }

  /** True when the server was seen to refuse what it takes the next time. */
  get isFickle(): boolean {
    return this.#tried.some(({ contradiction }) => contradiction);
  }

  /** How often a refusal of `subject` must be confirmed before it counts. */
  confirmationsFor(subject: object): number {
    if (!this.isFickle) return USUAL_CONFIRMATIONS;
    // Its own refusals say nothing of the others: what is really bad is refused each time.
    const others = this.#tried.filter((one) => one.subject !== subject).slice(-SAMPLE);
    const refused = others.filter((one) => one.refused).length;
    // Laplace's rule of succession: neither never nor always is learnt from a few.
    const share = (refused + 1) / (others.length + 2);
    const enough = Math.ceil(Math.log(ACCEPTED_ERROR) / Math.log(share));
    return Math.min(MOST_CONFIRMATIONS, Math.max(USUAL_CONFIRMATIONS, enough));
  }
}
