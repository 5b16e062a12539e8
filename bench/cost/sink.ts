/**
 * A server that only answers: it logs everybody in, counts the lines of each batch and throws it away. What an agent costs
 * beside it is the agent's own cost.
 *
 *     deno run --allow-net bench/cost/sink.ts
 *
 * prints one JSON line when it is ready: `{"ready":true,"management_url":"…","comms_url":"…"}`. Both are one port over
 * plain HTTP.
 * `PUT /behaviour` with `{"latency_ms":200,"refused_share":0.5}` makes it slow with events, and has it answer 429 to a part of them;
 * `GET /tally` says how many have come.
 *
 * @module
 */

import { unsignedJwt } from "../../tests/support/jwt.ts";

const TOKEN_LIFE_S = 3_600;
const NEWLINE = 0x0a;
/** How long a poll for commands is held, in milliseconds. */
const HOLD_MS = 30_000;

/** How the sink takes events. */
export interface SinkBehaviour {
  latency_ms: number;
  /** Requests that are answered 429, from 0 to 1 of all. */
  refused_share: number;
}

let events = 0;
let behaviour: SinkBehaviour = { latency_ms: 0, refused_share: 0 };

async function answer(request: Request): Promise<Response> {
  switch (new URL(request.url).pathname) {
    case "/security/user/authenticate":
      return Response.json({ data: { token: token() } });
    case "/agents":
      return new Response(null, { status: 201 });
    case "/api/v1/authentication":
      return Response.json({ token: token() });
    case "/api/v1/events/stateless":
    case "/api/v1/events/stateful":
      return await takeEvents(request);
    case "/api/v1/commands":
      await heldFor(HOLD_MS, request.signal);
      return Response.json({ commands: [] });
    case "/behaviour":
      behaviour = await request.json();
      return new Response(null, { status: 204 });
    case "/tally":
      return Response.json({ events });
    default:
      return Response.json({ message: "Not found", code: 404 }, { status: 404 });
  }
}

async function takeEvents(request: Request): Promise<Response> {
  const body = await request.bytes();
  const { latency_ms, refused_share } = behaviour;
  if (latency_ms > 0) await heldFor(latency_ms, request.signal);
  if (Math.random() < refused_share) {
    return Response.json({ message: "Too many requests", code: 429 }, { status: 429 });
  }
  events += eventsIn(body);
  return new Response(null, { status: 204 });
}

/** A body is the agent's line and two lines for each event, with newlines between them. */
function eventsIn(body: Uint8Array): number {
  let newlines = 0;
  for (let at = body.indexOf(NEWLINE); at !== -1; at = body.indexOf(NEWLINE, at + 1)) newlines++;
  return newlines / 2;
}

function token(): string {
  const iat = Math.floor(Date.now() / 1_000);
  return unsignedJwt({ iat, exp: iat + TOKEN_LIFE_S });
}

function heldFor(durationMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      resolve();
    };
    const timer = setTimeout(end, durationMs);
    signal.addEventListener("abort", end, { once: true });
  });
}

const server = Deno.serve({
  hostname: "127.0.0.1",
  port: 0,
  onListen({ hostname, port }) {
    const url = `http://${hostname}:${port}`;
    console.log(JSON.stringify({ ready: true, management_url: url, comms_url: url }));
  },
}, answer);
Deno.addSignalListener("SIGTERM", () => Deno.exit());
await server.finished;
