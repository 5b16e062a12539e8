/**
 * Finds the events at fault in what a server refused, without taking a fault of the server for one of theirs.
 *
 * One search at a time in each stream, and nothing else is sent meanwhile. Its pieces are batches on disk, in the order of their events.
 * A piece of several events that is refused is halved. A single event is refused twice over different connections before it is HELD; what
 * is held is set aside only when it is refused again and again, each time after the server has taken something else: the more often, the
 * more of what it refuses it takes later ({@linkcode RefusalRecord}). When two events are held, the far half is refused with the same
 * words too, and nothing was taken meanwhile, the fault is the server's: after each wait one single event is tried, until the first is
 * taken.
 *
 * @module
 */

import type { EventsOutcome } from "../../shared/protocol/exchange.ts";
import { isSameRefusal, type Refusal } from "./refusal.ts";
import { RefusalRecord } from "./refusal_record.ts";
import type { DispatchBatch } from "./types.ts";

/** A batch in the search. */
interface Piece<B> {
  batch: B;
  refusal: Refusal | undefined;
  /** Refusals in a row with the same words. */
  refusals: number;
  /** A single event that waits for evidence against it, or against the server. */
  held: boolean;
  /** The server has taken, or refused in other words, something else since the piece was held. */
  evidence: boolean;
  /** Refusals with the same words, each after such evidence. */
  confirmations: number;
}

/** What came of sending a batch. */
export interface Sent<B> {
  /** The batch, or that which has taken its place. */
  batch: B;
  outcome: Exclude<EventsOutcome, { kind: "retry" }>;
}

/** What a search does through its dispatcher. All of it rejects only when the signal is aborted. */
export interface SearchSteps<B extends DispatchBatch> {
  /** Sends a batch until it is answered; what is taken is settled. */
  send(batch: B, how: { newConnection: boolean }): Promise<Sent<B>>;
  /** `undefined` when the batch was settled otherwise. */
  halve(batch: B, refusal: Refusal | undefined): Promise<readonly B[] | undefined>;
  setAside(batch: B, refusal: Refusal): Promise<void>;
  /** Makes a batch of one more event, if one waits. */
  claimOne(): Promise<B | undefined>;
  /** Waits after a refusal of everything; each time longer, until something is taken. */
  backOff(refusal: Refusal): Promise<void>;
  /** What the server says to a request without events; `undefined` when that tells nothing. */
  probe(): Promise<EventsOutcome | undefined>;
  /** Whether a batch may be taken before another one that is older. */
  mayOvertake(batch: B, older: B): boolean;
}

/** How a search is done. */
interface SearchOptions<B extends DispatchBatch> {
  steps: SearchSteps<B>;
  /** True when events must stay in order: the near half, not the far one, then tells about the server. */
  ordered: boolean;
}

const REFUSALS_BEFORE_HELD = 2;
const HELD_BEFORE_DOUBT_OF_SERVER = 2;
/** A lone event is refused so often, with back-off, before it is held against it. */
const REFUSALS_OF_A_LONE_EVENT = 6;
/** Pieces are added while everything is refused up to this number, to learn from them. */
const MAX_PIECES = 64;
const TOO_LARGE = 413;
/** A server that finds a request of so few bytes too large takes no events at all just now. */
const ORDINARY_BYTES = 16_384;

/** A search in one stream; idle until {@linkcode RefusalSearch.add}. */
export class RefusalSearch<B extends DispatchBatch> {
  readonly #steps: SearchSteps<B>;
  readonly #ordered: boolean;
  #pieces: Piece<B>[] = [];
  #running: Promise<void> | undefined;
  /** Position of the next piece to try while everything is refused. */
  #turn = 0;
  /** Something was taken in this search. */
  #taken = false;
  /** The latest event that was tried for the first time was taken. */
  #tells = false;
  /** The server has refused everything, and has taken nothing since. */
  #doubted = false;
  /** Outlives the single search: a server that refuses at random does so for a while. */
  readonly #record = new RefusalRecord();

  constructor({ steps, ordered }: SearchOptions<B>) {
    this.#steps = steps;
    this.#ordered = ordered;
  }

  /** True while there is something to find out. */
  get active(): boolean {
    return this.#running !== undefined;
  }

  /** Takes a refused batch in; resolves when the search, also for others, is over. */
  add(batch: B, refusal: Refusal): Promise<void> {
    const piece = pieceOf(batch, refusal);
    this.#pieces.push(piece);
    this.#record.note(batch, { refused: true, again: false });
    // Batches that were sent side by side are refused in any order.
    this.#pieces.sort((a, b) => a.batch.first_event - b.batch.first_event);
    return this.#running ??= this.#run();
  }

  async #run(): Promise<void> {
    try {
      while (this.#pieces.length > 0) await this.#step();
    } finally {
      // Before anything else has its turn: what is added later begins a search of its own.
      this.#running = undefined;
      this.#pieces = [];
      this.#taken = false;
      this.#tells = false;
      this.#doubted = false;
    }
  }

  async #step(): Promise<void> {
    const held = this.#held();
    const next = this.#next();
    // Two events that are refused with the same words are seldom both bad.
    const isDoubtful = held.length >= HELD_BEFORE_DOUBT_OF_SERVER && !next?.evidence;
    if (isDoubtful) return await this.#doubtServer();
    if (next !== undefined) return await this.#examine(next);
    const [lone] = held;
    // Nothing beside it can be tried: neither taken nor refused events tell whose fault it is.
    if (lone !== undefined) await this.#examineLone(lone);
  }

  #held(): Piece<B>[] {
    return this.#pieces.filter(({ held }) => held);
  }

  /** The first piece that is not held, unless it must not be taken before one that is. */
  #next(): Piece<B> | undefined {
    const held: B[] = [];
    for (const piece of this.#pieces) {
      // An `update` may not pass the `create` of the same document, whatever became of that.
      const free = !this.#ordered || held.every((old) => this.#steps.mayOvertake(piece.batch, old));
      if (!piece.held && free) return piece;
      held.push(piece.batch);
    }
    return undefined;
  }

  /** One step with one piece: it was just refused and is halved, or it is sent. */
  async #examine(piece: Piece<B>): Promise<void> {
    if (piece.refusal !== undefined && piece.batch.events > 1) return void await this.#halve(piece);
    await this.#try(piece);
    // Taken, or refused for the first time as a whole: halving is the next step.
    if (!this.#pieces.includes(piece) || piece.batch.events > 1) return;
    const { refusal, refusals, confirmations } = piece;
    if (refusal === undefined || refusals < REFUSALS_BEFORE_HELD) return;
    const confirmed = confirmations >= this.#record.confirmationsFor(piece.batch);
    if (confirmed || await this.#isTooLarge(piece)) return await this.#setAside(piece, refusal);
    piece.held = true;
  }

  /** 413 depends on the size alone: of what is large indeed, a request without events is evidence enough. */
  async #isTooLarge({ batch, refusal }: Piece<B>): Promise<boolean> {
    return refusal?.status === TOO_LARGE && batch.bytes > ORDINARY_BYTES &&
      this.#held().length === 0 && await this.#differs(refusal);
  }

  async #setAside(piece: Piece<B>, refusal: Refusal): Promise<void> {
    this.#remove(piece);
    await this.#steps.setAside(piece.batch, refusal);
  }

  async #halve({ batch, refusal }: Piece<B>): Promise<Piece<B>[]> {
    // What refuses the smallest too has said nothing of the size.
    const cause = this.#doubted ? undefined : refusal;
    const halves = (await this.#steps.halve(batch, cause) ?? []).map((half) => pieceOf(half));
    const position = this.#pieces.findIndex((piece) => piece.batch === batch);
    this.#pieces.splice(position, 1, ...halves);
    return halves;
  }

  /** Sends a piece once; what that says about the server is noted. */
  async #try(piece: Piece<B>): Promise<void> {
    // A balancer may send each connection to another server, of which one is broken.
    const newConnection = piece.refusals > 0;
    const { batch, outcome } = await this.#steps.send(piece.batch, { newConnection });
    const refused = outcome.kind !== "done";
    piece.batch = batch;
    this.#record.note(batch, { refused, again: piece.refusals > 0 });
    if (piece.refusals === 0) this.#tells = !refused;
    if (!refused) return this.#noteTaken(piece);
    // Other words are another reason: the count begins anew.
    const same = isSameRefusal(piece.refusal, outcome);
    const known = this.#held()[0]?.refusal;
    piece.refusals = same || piece.refusal === undefined ? piece.refusals + 1 : 1;
    piece.confirmations = same ? piece.confirmations + Number(piece.evidence) : 0;
    piece.evidence = false;
    piece.refusal = outcome;
    if (known !== undefined && !isSameRefusal(known, outcome)) this.#noteEvidence(piece);
  }

  #noteTaken(piece: Piece<B>): void {
    this.#remove(piece);
    this.#taken = true;
    this.#noteEvidence();
    if (!this.#doubted) return;
    this.#doubted = false;
    // What was refused because everything was is tried whole again, not in halves.
    this.#pieces = this.#pieces.map((one) => one.batch.events > 1 ? pieceOf(one.batch) : one);
  }

  /** The server tells events apart: what is held is tried once more, and a refusal is then its own fault. */
  #noteEvidence(except?: Piece<B>): void {
    for (const piece of this.#pieces) {
      if (piece.held && piece !== except) giveEvidence(piece);
    }
  }

  /** Two events are held: is it the server? Its word on the far half decides, then it is left in peace for longer and longer. */
  async #doubtServer(): Promise<void> {
    const others = this.#pieces.filter(({ held }) => !held);
    // Bad events tend to stand together; the far end says most about the server.
    const far = this.#ordered ? this.#next() : others.at(-1);
    if (far !== undefined && far.refusals === 0) return await this.#try(far);
    // What it has just told apart needs no wait for the next that it may tell apart.
    if (this.#tells && await this.#takeOneMore()) return;
    if (await this.#confirmByProbe()) return;
    const refusal = this.#held()[0]?.refusal;
    if (refusal !== undefined) await this.#backOff(refusal);
    await this.#tryInTurn();
  }

  /** What was confirmed once by an event that was taken may be confirmed further by a request without events; false when there is no such. */
  async #confirmByProbe(): Promise<boolean> {
    const confirmed = this.#held().filter(({ confirmations }) => confirmations > 0);
    const refusal = confirmed[0]?.refusal;
    if (refusal === undefined || this.#record.isFickle) return false;
    if (!await this.#differs(refusal)) return false;
    for (const piece of confirmed) giveEvidence(piece);
    return true;
  }

  /** Tries one of the smallest pieces; after each round of them, one more event. */
  async #tryInTurn(): Promise<void> {
    const smallest = this.#smallest();
    if (this.#turn >= smallest.length) {
      this.#turn = 0;
      if (await this.#takeOneMore()) return;
    }
    const piece = smallest[this.#turn++];
    if (piece !== undefined) await this.#try(piece);
  }

  /** Single events; while there is none that may be sent, the piece with the fewest. */
  #smallest(): Piece<B>[] {
    const free = this.#pieces.filter((piece) => this.#isFree(piece));
    const fewest = Math.min(...free.map(({ batch }) => batch.events));
    return free.filter(({ batch }) => batch.events === fewest);
  }

  #isFree({ batch }: Piece<B>): boolean {
    if (!this.#ordered) return true;
    const older = this.#pieces.filter((other) => other.batch.first_event < batch.first_event);
    return older.every((other) => this.#steps.mayOvertake(batch, other.batch));
  }

  /** True when there was one, and it was tried. */
  async #takeOneMore(): Promise<boolean> {
    if (this.#pieces.length >= MAX_PIECES) return false;
    const batch = await this.#steps.claimOne();
    const piece = batch === undefined ? await this.#splitOff() : pieceOf(batch);
    if (piece === undefined) return false;
    // A new piece widens the sample: an event that is taken would prove that the server works.
    if (batch !== undefined) this.#pieces.push(piece);
    if (this.#isFree(piece)) await this.#try(piece);
    return true;
  }

  /** The last event of the last piece that has several, as a piece of its own: far from those that are held. */
  async #splitOff(): Promise<Piece<B> | undefined> {
    const several = this.#pieces.findLast((piece) => piece.batch.events > 1 && this.#isFree(piece));
    if (several === undefined) return undefined;
    for (let piece = several;;) {
      const halves = await this.#halve(piece);
      const last = halves.at(-1);
      if (last === undefined || last.batch.events === 1) return last;
      piece = last;
    }
  }

  /** One event is held and nothing is beside it: time, then a request without events, must tell whose fault it is. */
  async #examineLone(piece: Piece<B>): Promise<void> {
    const { refusal, refusals } = piece;
    if (refusal === undefined || await this.#takeOneMore()) return;
    const usual = REFUSALS_BEFORE_HELD + this.#record.confirmationsFor(piece.batch);
    const enough = refusals >= (this.#taken ? usual : Math.max(usual, REFUSALS_OF_A_LONE_EVENT));
    // Of a server that has taken the others at their first try, time would tell no more.
    const ready = enough || (this.#taken && !this.#record.isFickle);
    if (!ready || !await this.#differs(refusal)) await this.#backOff(refusal);
    else if (enough) return await this.#setAside(piece, refusal);
    await this.#try(piece);
  }

  async #backOff(refusal: Refusal): Promise<void> {
    this.#doubted = true;
    await this.#steps.backOff(refusal);
  }

  /** Whether the server says something else to a request without events. */
  async #differs(refusal: Refusal): Promise<boolean> {
    const outcome = await this.#steps.probe();
    if (outcome === undefined || outcome.kind === "done") return true;
    return outcome.kind === "give_up" && !isSameRefusal(refusal, outcome);
  }

  #remove(piece: Piece<B>): void {
    this.#pieces = this.#pieces.filter((other) => other !== piece);
  }
}

/** The piece is tried once more, and a refusal then counts. */
function giveEvidence(piece: Piece<unknown>): void {
  piece.held = false;
  piece.evidence = true;
}

function pieceOf<B>(batch: B, refusal?: Refusal): Piece<B> {
  const refusals = refusal === undefined ? 0 : 1;
  return { batch, refusal, refusals, held: false, evidence: false, confirmations: 0 };
}
