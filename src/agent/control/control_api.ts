/**
 * The local API: what the agent tells about itself, and a way in for events.
 *
 * | request | answer |
 * | --- | --- |
 * | `GET /v1/status` | the status document |
 * | `GET /v1/metrics` | the same numbers in the Prometheus text format |
 * | `POST /v1/reload` | reads the configuration again: what was applied and what needs a restart; 422 when it is not valid |
 * | `POST /v1/events/:stream` | body: encoded events, each line preceded by a newline; 201 with their numbers once they are on disk |
 * | `GET /v1/events/:stream/:first/:last?wait_ms=` | what became of these events; waits up to `wait_ms` for news |
 *
 * Whoever can open the socket can do all of this: the socket's permissions are the access control.
 *
 * @module
 */

import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { AnySignal } from "../../shared/any_signal.ts";
import { AgentError, messageOf } from "../../shared/errors.ts";
import type { Stream } from "../../shared/protocol/wire.ts";
import type { Settlements } from "./settlements.ts";
import type { StatusDocument } from "../../shared/protocol/status_document.ts";
import type { ReloadReport } from "../../shared/protocol/local_api.ts";
import type { EventSpan } from "../../shared/protocol/stored_events.ts";

/** Largest body of `POST /v1/events`, in bytes. */
const MAX_EVENTS_BYTES = 16 * 1024 * 1024;
/** Longest wait of one `GET /v1/events/…`. */
const MAX_WAIT_MS = 60_000;

/** What the local API needs of the agent. */
interface ControlDeps {
  status(): StatusDocument;
  /** Prometheus text for a status document. */
  metrics(document: StatusDocument): Promise<{ contentType: string; text: string }>;
  /** Stores encoded events; resolves once they are on disk. */
  append(stream: Stream, lines: Uint8Array, signal: AbortSignal): Promise<EventSpan>;
  /** Reads the configuration again. */
  reload(): Promise<ReloadReport>;
  settlements: Settlements;
}

/** The local API as an app; `app.fetch` is its only door. */
export function createControlApi(deps: ControlDeps): Hono {
  const app = new Hono();
  app.get("/v1/status", (context) => context.json(deps.status()));
  app.get("/v1/metrics", async (context) => {
    const { contentType, text } = await deps.metrics(deps.status());
    return context.text(text, 200, { "Content-Type": contentType });
  });
  app.post("/v1/reload", async (context) => context.json(await deps.reload()));
  app.post("/v1/events/:stream", bodyLimit({ maxSize: MAX_EVENTS_BYTES }), async (context) => {
    const stream = streamOf(context.req.param("stream"));
    if (stream === undefined) return context.json({ message: "No such stream" }, 404);
    const lines = new Uint8Array(await context.req.arrayBuffer());
    return context.json(await deps.append(stream, lines, context.req.raw.signal), 201);
  });
  app.get("/v1/events/:stream/:first{[0-9]+}/:last{[0-9]+}", async (context) => {
    const stream = streamOf(context.req.param("stream"));
    if (stream === undefined) return context.json({ message: "No such stream" }, 404);
    const { first, last } = context.req.param();
    const span = { stream, first_event: Number(first), last_event: Number(last) };
    const waitMs = Math.min(MAX_WAIT_MS, Number(context.req.query("wait_ms")) || 0);
    if (deps.settlements.report(span).open_events > 0 && waitMs > 0) {
      using limit = new AnySignal(AbortSignal.timeout(waitMs), context.req.raw.signal);
      await deps.settlements.next(limit.signal);
    }
    return context.json(deps.settlements.report(span));
  });
  app.notFound((context) => context.json({ message: "No such resource" }, 404));
  app.onError((error, context) => {
    return context.json({ message: messageOf(error) }, statusOf(error));
  });
  return app;
}

function statusOf(error: unknown): 400 | 422 | 500 {
  if (!(error instanceof AgentError)) return 500;
  if (error.code === "config_invalid") return 422;
  return error.code === "usage" ? 400 : 500;
}

function streamOf(name: string): Stream | undefined {
  return name === "stateless" || name === "stateful" ? name : undefined;
}
