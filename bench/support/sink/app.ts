/**
 * What the sink answers over HTTP: as much of the comms API as an agent needs, everybody may log in,
 * and whatever else is posted is taken, counted and thrown away.
 *
 * `GET /tally` says what has come. `PUT /behaviour` with `{"latency_ms":200,"refused_share":0.5}`
 * makes it slow with what it takes, and has it answer 429 to a part of that.
 *
 * @module
 */

import { systemClock } from "../../../src/shared/clock.ts";
import { unsignedJwt } from "../../../tests/support/jwt.ts";
import type { Counter } from "./counter.ts";

const TOKEN_LIFE_S = 3_600;
/** How long a poll for commands is held. */
const HOLD_MS = 30_000;

/** How the sink takes what is posted. */
export interface SinkBehaviour {
  latency_ms: number;
  /** Requests that are answered 429, from 0 to 1 of all. */
  refused_share: number;
}

/** A sink that counts with `counter`. */
export function createApp(counter: Counter): (request: Request) => Promise<Response> {
  let behaviour: SinkBehaviour = { latency_ms: 0, refused_share: 0 };
  return async (request) => {
    const { pathname, searchParams } = new URL(request.url);
    switch (`${request.method} ${pathname}`) {
      case "POST /security/user/authenticate":
        return Response.json({ data: { token: token() } });
      case "POST /agents":
        return new Response(null, { status: 201 });
      case "POST /api/v1/authentication":
        return Response.json({ token: token() });
      case "GET /api/v1/commands":
        await heldFor(HOLD_MS, request.signal);
        return Response.json({ commands: [] });
      case "GET /tally":
        return Response.json(await counter.tally(Number(searchParams.get("lines"))));
      case "PUT /behaviour":
        behaviour = await request.json();
        return new Response(null, { status: 204 });
      default:
        if (request.method === "POST") return await taken(request, counter, behaviour);
        return Response.json({ message: "Not found", code: 404 }, { status: 404 });
    }
  };
}

async function taken(
  request: Request,
  counter: Counter,
  { latency_ms, refused_share }: SinkBehaviour,
): Promise<Response> {
  const body = await request.bytes();
  if (latency_ms > 0) await heldFor(latency_ms, request.signal);
  if (Math.random() < refused_share) {
    return Response.json({ message: "Too many requests", code: 429 }, { status: 429 });
  }
  counter.take(body);
  return new Response(null, { status: 204 });
}

function token(): string {
  const iat = Math.floor(Date.now() / 1_000);
  return unsignedJwt({ iat, exp: iat + TOKEN_LIFE_S });
}

async function heldFor(durationMs: number, signal: AbortSignal): Promise<void> {
  await systemClock.sleep(durationMs, signal).catch(() => {
    // Whoever asked has gone.
  });
}
