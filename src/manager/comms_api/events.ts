/**
 * Events arrive: checked, stored once, answered.
 *
 * A request with an `Idempotency-Key` that was answered before gets that answer again and stores
 * nothing; the same key with another body or stream is refused (422), as
 * draft-ietf-httpapi-idempotency-key-header has it.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { getLogger } from "@logtape/logtape";
import type { Hono, MiddlewareHandler } from "hono";
import type { Stream } from "../../shared/protocol/wire.ts";
import { ApiError, TOKEN_INVALID } from "../http/api_error.ts";
import type { Body } from "../http/body.ts";
import { type EventBatch, parseEventBody } from "./event_body.ts";
import { ROUTES } from "../http/routes.ts";
import { statefulAnswer, STATELESS_ANSWER } from "../events/accepted.ts";
import type { Answer, RequestKey } from "../events/answers.ts";
import type { Submission } from "../stores/event_log.ts";
import { requireAgent } from "./authentication.ts";
import type { CommsDeps, CommsEnv } from "./deps.ts";

const log = getLogger(["manager", "comms"]);

const MAX_KEY_CHARACTERS = 255;
const NEWLINE = 10;

interface EventsRequest {
  agentId: string;
  stream: Stream;
  body: Body;
  requestKey: RequestKey | undefined;
}

/** Adds both event streams. */
export function addEvents(app: Hono<CommsEnv>, deps: CommsDeps): void {
  for (const stream of ["stateless", "stateful"] as const) {
    app.post(ROUTES[stream].path, countRefused(deps), requireAgent(deps), async (c) => {
      const agentId = c.get("agentId");
      const key = idempotencyKey(c.req.header("Idempotency-Key"));
      const body = await readUnlessAnswered(deps, c.req.raw, { agentId, key });
      if ("status" in body) return response(body);
      const requestKey = key === undefined
        ? undefined
        : { agentId, key, fingerprint: fingerprint(stream, body.bytes) };
      return response(await receive(deps, { agentId, stream, body, requestKey }));
    });
  }
}

/** Counts what is answered with an error. */
function countRefused({ flow }: CommsDeps): MiddlewareHandler<CommsEnv> {
  return async (c, next) => {
    await next();
    if (c.res.status >= 400) flow.refused();
  };
}

/**
 * The body, or what its key was answered before when it cannot be read: an agent whose first answer was lost may meet a smaller
 * limit, or a broken line, but its events are stored.
 */
async function readUnlessAnswered(
  { stores, bodies, flow }: CommsDeps,
  request: Request,
  { agentId, key }: { agentId: string; key: string | undefined },
): Promise<Body | Answer> {
  try {
    return await bodies.read(request);
  } catch (error) {
    const answer = key === undefined ? undefined : await stores.events.repeatUnread(agentId, key);
    if (answer === undefined) throw error;
    flow.repeated();
    return answer;
  }
}

async function receive(deps: CommsDeps, request: EventsRequest): Promise<Answer> {
  let batch: EventBatch | undefined;
  const acceptance = await deps.stores.events.accept(request, () => {
    batch = parseEventBody(request.body.text, request);
    return submissionOf(request, batch, deps.clock.now());
  });
  switch (acceptance.kind) {
    case "unknown agent":
      throw new ApiError(401, "Invalid token", { code: TOKEN_INVALID });
    case "conflict":
      throw new ApiError(422, "Idempotency key was used for another request");
    case "stored":
      if (batch !== undefined) tellOf(deps, request, batch);
      return acceptance.answer;
    case "repeat":
      deps.flow.repeated();
      return acceptance.answer;
  }
}

function submissionOf(
  { agentId, stream, requestKey, body }: EventsRequest,
  { events, lines, shutdown, entries, reports }: EventBatch,
  receivedAtMs: number,
): Submission {
  const batchId = requestKey?.key ?? null;
  const answer = stream === "stateless" ? STATELESS_ANSWER : statefulAnswer(entries);
  const utf8 = stream === "stateless" ? bytesOfLines(body.bytes) : undefined;
  const group = { receivedAtMs, agentId, stream, batchId, events, lines, utf8 };
  return { group, answer, shutdown, entries, reports };
}

/** Whoever goes by what has been stored is told. */
function tellOf(
  { keepAlive, eventReader, commands, flow }: CommsDeps,
  { agentId, stream, requestKey }: EventsRequest,
  { shutdown, reports, hostName, events, losses }: EventBatch,
): void {
  flow.stored(stream, events);
  if (losses.length > 0) flow.lost(agentId, losses);
  if (!shutdown) {
    // Shutdown messages go past the queue, and so past the order of the batches.
    keepAlive.clones.batch(agentId, { stream, batchId: requestKey?.key ?? null, hostName });
  }
  eventReader?.wake();
  if (reports.length > 0) commands.reportsStored();
  if (shutdown) {
    keepAlive.stopped(agentId);
    log.info("Agent {agentId} says on {stream} that it stops", { agentId, stream });
  }
}

function response({ status, body }: Answer): Response {
  if (body === "") return new Response(null, { status });
  return new Response(body, { status, headers: { "Content-Type": "application/json" } });
}

/** The draft has the key in double quotes; most clients send it bare. */
function idempotencyKey(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const key = /^"(.*)"$/.exec(header)?.[1] ?? header;
  if (key !== "" && key.length <= MAX_KEY_CHARACTERS) return key;
  throw new ApiError(400, `Idempotency key is not 1 to ${MAX_KEY_CHARACTERS} characters long`);
}

function fingerprint(stream: Stream, bytes: Uint8Array): Uint8Array {
  return createHash("sha256").update(`${stream}\n`).update(bytes).digest();
}

/** The lines of a stateless body, of which all but the agent line is kept as it is. */
function bytesOfLines(body: Uint8Array): Uint8Array {
  return body.subarray(body.indexOf(NEWLINE) + 1, body.at(-1) === NEWLINE ? -1 : undefined);
}
