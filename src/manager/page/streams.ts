/**
 * The streams of browsers: what changes is told to each as server-sent events, for as long as it reads.
 *
 * A stream gives something only when it is asked (`pull`): a browser that reads slowly, or not at all, gets fewer looks and costs no
 * memory. `streamSSE` of Hono has no such push-back, and does not tell of a client that is gone in every case.
 *
 * @module
 */

import { AnySignal } from "../../shared/any_signal.ts";
import type { Clock } from "../../shared/clock.ts";
import { ApiError } from "../http/api_error.ts";
import type { LiveFeed, Look } from "./live_feed.ts";

const MAX_STREAMS = 50;
/** A stream is cut then, and the browser comes again: so its session is looked at, and its address. */
const LIFE_MS = 900_000;
const COME_AGAIN_S = 30;

const HEADERS = {
  "Content-Type": "text/event-stream; charset=utf-8",
  "Cache-Control": "no-store",
  // Proxies that collect answers would collect this one for ever.
  "X-Accel-Buffering": "no",
};

/** What {@linkcode Streams} works with. */
interface StreamsDeps<Seen> {
  clock: Clock;
  feed: LiveFeed<Seen>;
  /** What is to be told of a look to who was told of the one before; everything when there is none. */
  tell(seen: Seen, before: Seen | undefined): string;
}

/** The open streams. */
export class Streams<Seen> {
  readonly #deps: StreamsDeps<Seen>;
  readonly #stopping = new AbortController();
  #open = 0;

  constructor(deps: StreamsDeps<Seen>) {
    this.#deps = deps;
  }

  /** How many are open. */
  get size(): number {
    return this.#open;
  }

  /**
   * Opens one.
   *
   * @param client aborted when the browser goes away
   * @param lifeMs how long it may last at most: as long as the session
   * @throws ApiError 503 when there are too many, or the manager stops
   */
  open(client: AbortSignal, lifeMs = LIFE_MS): Response {
    if (this.#open >= MAX_STREAMS || this.#stopping.signal.aborted || client.aborted) {
      throw new ApiError(503, `${MAX_STREAMS} pages are open that keep themselves up to date`, {
        retryAfterS: COME_AGAIN_S,
      });
    }
    return new Response(this.#stream(client, Math.min(LIFE_MS, lifeMs)), { headers: HEADERS });
  }

  /** Ends all of them; there are no more after that. */
  stop(): void {
    this.#stopping.abort();
  }

  #stream(client: AbortSignal, lifeMs: number): ReadableStream<Uint8Array> {
    const { feed, tell, clock } = this.#deps;
    const over = new AbortController();
    const any = new AnySignal(client, this.#stopping.signal, over.signal);
    const { signal } = any;
    const unfollow = feed.follow();
    this.#open++;
    signal.addEventListener("abort", () => {
      any[Symbol.dispose]();
      unfollow();
      this.#open--;
    }, { once: true });
    clock.sleep(lifeMs, signal).then(() => over.abort(), () => {});
    const encoder = new TextEncoder();
    let last: Look<Seen> | undefined;
    return new ReadableStream({
      pull: async (controller) => {
        try {
          const look = await feed.next(last?.number ?? 0, signal);
          controller.enqueue(encoder.encode(tell(look.seen, last?.seen)));
          last = look;
        } catch (error) {
          if (signal.aborted) return controller.close();
          over.abort();
          throw error;
        }
      },
      cancel: () => over.abort(),
    }, { highWaterMark: 0 });
  }
}

/** One event of a stream, as the wire has it. Without a name it is put in the place of what it shows. */
export function serverSentEvent(data: string, name?: string): string {
  const lines = data.split("\n").map((line) => `data: ${line}\n`);
  return `${name === undefined ? "" : `event: ${name}\n`}${lines.join("")}\n`;
}
