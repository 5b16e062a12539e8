/**
 * Misbehaving on purpose, as `fault_spec.ts` describes, in a way that repeats: each fault draws
 * from a generator of its own, so for the same seed the n-th request to its target always has the
 * same fate, whatever else goes on.
 *
 * @module
 */

import type { MiddlewareHandler } from "hono";
import { cutBody, spoiltBody, withoutRange } from "./body_faults.ts";
import { ConnectionCut, errorResponse } from "../src/manager/http/api_error.ts";
import type { Clock } from "../src/shared/clock.ts";
import { type Fault, type FaultAction, type FaultTarget, parseFault } from "./fault_spec.ts";
import { type ApiName, type RouteName, routeOf, ROUTES } from "../src/manager/http/routes.ts";

const PAGE = "<!doctype html><title>Maintenance</title><p>We will be back soon.</p>\n";
const SLOW_BODY_PIECES = 10;

/** What a {@linkcode FaultPlan} is built with. */
interface FaultPlanOptions {
  clock: Clock;
  /** See `fault_spec.ts`. */
  specs: readonly string[];
  /** Decides which requests are hit. */
  seed: number;
}

interface ArmedFault extends Fault {
  random: () => number;
  left: number;
}

/** Decides which requests go wrong, and how. */
export class FaultPlan {
  readonly #clock: Clock;
  readonly #faults: ArmedFault[];
  readonly #stop = new AbortController();

  /** @throws RangeError for a spec that cannot be read */
  constructor({ clock, specs, seed }: FaultPlanOptions) {
    this.#clock = clock;
    this.#faults = specs.map((spec, index) => {
      const fault = parseFault(spec);
      return { ...fault, random: seededRandom(seed + index), left: fault.times };
    });
  }

  /** What happens to the next request to `route`. */
  draw(route: RouteName | undefined): FaultAction[] {
    return this.#faults.filter((fault) => matches(fault.target, route))
      .filter((fault) => {
        const strikes = fault.random() < fault.probability && fault.left > 0;
        if (strikes) fault.left--;
        return strikes;
      }).map((fault) => fault.action);
  }

  /** The middleware that lets it happen. A cut connection is a {@linkcode ConnectionCut} thrown. */
  middleware(api: ApiName): MiddlewareHandler {
    return async (c, next) => {
      const actions = this.draw(routeOf(api, c.req.raw));
      for (const action of actions) {
        const answer = await this.#before(action, c.req.raw);
        if (answer !== undefined) return answer;
        if (action.kind === "no-range") c.req.raw = withoutRange(c.req.raw);
      }
      await next();
      for (const action of actions) c.res = this.#after(action, c.res);
      return undefined;
    };
  }

  /** Ends everything that waits. */
  stop(): void {
    this.#stop.abort();
  }

  async #before(action: FaultAction, request: Request): Promise<Response | undefined> {
    switch (action.kind) {
      case "status":
        return statusAnswer(action);
      case "latency":
        await this.#pause(action.durationMs);
        return undefined;
      case "html":
        return new Response(PAGE, { headers: { "Content-Type": "text/html; charset=utf-8" } });
      case "hang":
        await anyAborted([request.signal, this.#stop.signal]);
        // Who gave up reads no answer; a cut would also end its other requests on the connection.
        if (request.signal.aborted) return errorResponse(503, "The client gave up");
        throw new ConnectionCut();
      case "reset":
        throw new ConnectionCut();
      default:
        return undefined;
    }
  }

  #after(action: FaultAction, answer: Response): Response {
    const drops = action.kind === "drop-after-store" || action.kind === "drop-after-send";
    if (drops && answer.ok) throw new ConnectionCut();
    if (answer.ok && action.kind === "cut-body") return cutBody(answer, action.at);
    if (answer.ok && action.kind === "wrong-bytes") return spoiltBody(answer, action.at);
    if (action.kind !== "slow-body" || answer.body === null) return answer;
    return new Response(this.#slowed(answer, action.durationMs), answer);
  }

  #slowed(answer: Response, durationMs: number): ReadableStream<Uint8Array> {
    let piece = 0;
    let whole: Uint8Array | undefined;
    return new ReadableStream({
      pull: async (controller) => {
        whole ??= new Uint8Array(await answer.arrayBuffer());
        await this.#pause(durationMs / SLOW_BODY_PIECES);
        const from = Math.floor(whole.length * piece / SLOW_BODY_PIECES);
        const to = Math.floor(whole.length * ++piece / SLOW_BODY_PIECES);
        if (to > from) controller.enqueue(whole.subarray(from, to));
        if (piece === SLOW_BODY_PIECES) controller.close();
      },
    });
  }

  /** Cut short by {@linkcode stop}. */
  async #pause(durationMs: number): Promise<void> {
    await this.#clock.sleep(durationMs, this.#stop.signal).catch(() => {});
  }
}

function matches(target: FaultTarget, route: RouteName | undefined): boolean {
  if (route === undefined || route === "stats") return false;
  if (target === "events") return route === "stateless" || route === "stateful";
  if (target === "management") return ROUTES[route].api === "management";
  return target === "all" || target === route;
}

function statusAnswer(action: FaultAction & { kind: "status" }): Response {
  const answer = errorResponse(action.status, action.message, action.code);
  if (action.retryAfter !== undefined) answer.headers.set("Retry-After", action.retryAfter);
  return answer;
}

async function anyAborted(signals: AbortSignal[]): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const onAbort = () => resolve();
  for (const signal of signals) {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", onAbort, { once: true });
  }
  await promise;
  for (const signal of signals) signal.removeEventListener("abort", onAbort);
}

/** The generator known as mulberry32: the platform has none that takes a seed. */
function seededRandom(seed: number): () => number {
  let state = Math.imul(seed, 0x9e3779b1) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
