/**
 * What the sink answers over HTTP: bulk requests, and as much of the comms API as an agent needs.
 *
 * @module
 */

import { unsignedJwt } from "../../../tests/support/jwt.ts";
import type { Progress } from "./progress.ts";

const TOKEN_LIFE_SECONDS = 900;

/** Takes lines on every `POST`; `GET /tally?lines=N` waits until so many different ones have come. */
export function createApp(progress: Progress): (request: Request) => Response | Promise<Response> {
  return (request) => {
    const { pathname, searchParams } = new URL(request.url);
    switch (`${request.method} ${pathname}`) {
      case "POST /api/v1/authentication":
        return Response.json({ token: token() });
      case "GET /api/v1/commands":
        return heldPoll(request.signal);
      case "GET /tally":
        return tallyOf(progress, Number(searchParams.get("lines")));
      default:
        return takeLines(request, progress);
    }
  };
}

async function takeLines(request: Request, progress: Progress): Promise<Response> {
  progress.take(await request.bytes());
  return new Response(null, { status: 204 });
}

async function tallyOf(progress: Progress, lines: number): Promise<Response> {
  return Response.json(await progress.until(lines));
}

/** A poll that never brings a command: it ends when the agent does. */
function heldPoll(signal: AbortSignal): Promise<Response> {
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => resolve(new Response(null, { status: 204 })));
  });
}

function token(): string {
  const iat = Math.floor(Date.now() / 1_000);
  return unsignedJwt({ iat, exp: iat + TOKEN_LIFE_SECONDS });
}
