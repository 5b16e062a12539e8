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
import type { Hono } from "hono";
import type { StatefulResult, Stream } from "../../shared/protocol/wire.ts";
import { ApiError, TOKEN_INVALID } from "../http/api_error.ts";
import type { DocumentChange } from "../documents/document_table.ts";
import { type EventBatch, parseEventBody } from "./event_body.ts";
import { ROUTES } from "../http/routes.ts";
import type { Answer, RequestKey } from "../events/answers.ts";
import { requireAgent } from "./authentication.ts";
import type { CommsDeps, CommsEnv } from "./deps.ts";

const log = getLogger(["manager", "comms"]);

const MAX_KEY_CHARACTERS = 255;

const RESULTS = {
  create: { result: "created", status: 201 },
  update: { result: "updated", status: 200 },
  delete: { result: "deleted", status: 200 },
};

interface EventsRequest {
  agentId: string;
  stream: Stream;
  text: string;
  requestKey: RequestKey | undefined;
}

/** Adds both event streams. */
export function addEvents(app: Hono<CommsEnv>, deps: CommsDeps): void {
  for (const stream of ["stateless", "stateful"] as const) {
    app.post(ROUTES[stream].path, requireAgent(deps), async (c) => {
      const agentId = c.get("agentId");
      const key = idempotencyKey(c.req.header("Idempotency-Key"));
      const text = await readUnlessAnswered(deps, c.req.raw, { agentId, key });
      if (typeof text !== "string") return response(text);
      const requestKey = key === undefined
        ? undefined
        : { agentId, key, fingerprint: fingerprint(stream, text) };
      return response(receive(deps, { agentId, stream, text, requestKey }));
    });
  }
}

/**
 * The body, or what its key was answered before when it cannot be read: an agent whose first answer was lost may meet a smaller
 * limit, or a broken line, but its events are stored.
 */
async function readUnlessAnswered(
  { store, bodies }: CommsDeps,
  request: Request,
  { agentId, key }: { agentId: string; key: string | undefined },
): Promise<string | Answer> {
  try {
    return await bodies.text(request);
  } catch (error) {
    const answer = key === undefined ? undefined : store.events.repeatUnread(agentId, key);
    if (answer === undefined) throw error;
    return answer;
  }
}

/** Nothing is awaited in here, so two requests with one key cannot both be new. */
function receive(deps: CommsDeps, request: EventsRequest): Answer {
  // The agent may have been removed while its body was on its way.
  if (!deps.store.agents.has(request.agentId)) {
    throw new ApiError(401, "Invalid token", { code: TOKEN_INVALID });
  }
  const known = request.requestKey === undefined
    ? { kind: "new" } as const
    : deps.store.events.lookUp(request.requestKey);
  switch (known.kind) {
    case "repeat":
      return known.answer;
    case "conflict":
      throw new ApiError(422, "Idempotency key was used for another request");
    case "new":
      return store(deps, request, parseEventBody(request.text, request));
  }
}

function store(deps: CommsDeps, request: EventsRequest, batch: EventBatch): Answer {
  const { agentId, stream, requestKey } = request;
  const answer = answerTo(stream, batch.entries);
  const group = {
    receivedAtMs: deps.clock.now(),
    agentId,
    stream,
    batchId: requestKey?.key ?? null,
    events: batch.events,
    lines: batch.lines,
  };
  const submission = { group, requestKey, answer, shutdown: batch.shutdown };
  deps.store.events.accept(submission, () => {
    deps.commands.applyReports(agentId, batch.reports);
    deps.store.documents.apply(agentId, batch.entries, group.receivedAtMs);
  });
  if (!batch.shutdown) {
    // Shutdown messages go past the queue, and so past the order of the batches.
    const { hostName } = batch;
    deps.keepAlive.clones.batch(agentId, { stream, batchId: group.batchId, hostName });
  }
  deps.eventReader?.wake();
  if (batch.reports.length > 0) deps.commands.reportsStored();
  if (batch.shutdown) {
    deps.keepAlive.stopped(agentId);
    log.info("Agent {agentId} says on {stream} that it stops", { agentId, stream });
  }
  return answer;
}

function answerTo(stream: Stream, entries: readonly DocumentChange[]): Answer {
  if (stream === "stateless") return { status: 204, body: "" };
  const results = entries.map(({ id, operation }, index): StatefulResult => ({
    index: String(index),
    id,
    ...RESULTS[operation],
  }));
  return { status: 200, body: JSON.stringify({ results }) };
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

function fingerprint(stream: Stream, text: string): Uint8Array {
  return createHash("sha256").update(`${stream}\n`).update(text).digest();
}
