/**
 * The local API: what the agent tells about itself, and a way in for events.
 *
 * | request | answer |
 * | --- | --- |
 * | `GET /v1/status` | the status document |
 * | `GET /v1/metrics` | the same numbers in the Prometheus text format |
 * | `GET /v1/files` | the files that modules follow, and those that they should and cannot |
 * | `POST /v1/reload` | reads the configuration again: what was applied and what needs a restart; 422 when it is not valid |
 * | `GET /v1/modules/:name/checks/:id` | what a check of a module says, made with the agent's power and its options in force |
 * | `POST /v1/modules/:name/scan` | has a module scan; answers when that is over |
 * | `POST /v1/modules/:name/resync` | has its documents compared with those of the server soon |
 * | `POST /v1/modules/:name/keep` | leaves its documents at the server when it is disabled next |
 * | `POST /v1/modules/:name/reset` | forgets what the server said of a module |
 * | `POST /v1/dead-letters/retry`, `drop` | body: `{"ids":[1]}`, `{"reason":"TEXT"}` or `{"all":true}`; sends these letters again or gives them up |
 * | `POST /v1/upgrade` | body: `{"version","file","force","dry_run"}`, all of them optional; how it ended, or which version the agent makes room for |
 * | `POST /v1/upgrade/rollback` | body: `{"version"}`, the one before by default; the same |
 * | `POST /v1/queue/purge` | body: `{"stream","before_ms"}`; gives up events that were stored before and are in no batch |
 * | `POST /v1/responses/revert` | body: `{"keys":["…"]}` or `{"all":true}`; ends active responses now, and says what became of each |
 * | `POST /v1/events/:stream` | body: encoded events, each line preceded by a newline; 201 with their numbers once they are on disk; `?imported_from=FILE` has the ledger note it, `?hasten=true` has them sent without waiting for others |
 * | `GET /v1/events/:stream/:first/:last?wait_ms=` | what became of these events; waits up to `wait_ms` for news |
 *
 * A wrong method is answered 405. An answer that is not a success has a body `{ code, message, hint }` (`error_body.ts`).
 *
 * Whoever can open the socket can do all of this: the socket's permissions are the access control.
 *
 * @module
 */

import { Hono } from "hono";
import { AnySignal } from "../../shared/any_signal.ts";
import type { ReloadReport, SpanReport } from "../../shared/protocol/local_api.ts";
import type { StatusDocument } from "../../shared/protocol/status_document.ts";
import type { EventSpan } from "../../shared/protocol/stored_events.ts";
import type { Stream } from "../../shared/protocol/wire.ts";
import { errorAnswer } from "./error_body.ts";
import { parseEventLines } from "./event_lines.ts";
import type { SettlementHistory } from "./settlement_history.ts";
import { addLetterRoutes, type LetterControl } from "./letter_routes.ts";
import { addPurgeRoute } from "./purge_route.ts";
import { boundedRequests, LargeBodies, readBody } from "./request_bounds.ts";
import { addModuleRoutes, type ModuleControl } from "./module_routes.ts";
import { addResponseRoutes, type ResponseControl } from "./response_routes.ts";
import { addMissingResources } from "./resources.ts";
import { parseSpanRequest } from "./span_request.ts";
import { addUpgradeRoutes, type UpgradeControl } from "./upgrade_routes.ts";

/** Largest body of `POST /v1/events`, in bytes. */
const MAX_EVENTS_BYTES = 16 * 1024 * 1024;

/** What the local API needs of the agent. */
interface ControlDeps {
  status(): StatusDocument;
  /** Prometheus text for a status document. */
  metrics(document: StatusDocument): Promise<{ contentType: string; text: string }>;
  /** Stores encoded events; resolves once they are on disk. */
  append(request: {
    stream: Stream;
    events: readonly string[];
    signal: AbortSignal;
    /** The file that they were exported to. */
    importedFrom?: string | undefined;
    /** Whether somebody waits for their acknowledgement. */
    hasten: boolean;
  }): Promise<EventSpan>;
  /** Reads the configuration again. */
  reload(): Promise<ReloadReport>;
  modules: ModuleControl;
  letters: LetterControl;
  upgrades: UpgradeControl;
  /** Gives old events up. */
  purge: Parameters<typeof addPurgeRoute>[1];
  responses: ResponseControl;
  settlements: SettlementHistory;
  /** Takes secrets out of every answer. */
  hide(text: string): string;
}

/** The local API as an app; `app.fetch` is its only door. */
export function createControlApi(deps: ControlDeps): Hono {
  const app = new Hono();
  const largeBodies = new LargeBodies();
  app.use(boundedRequests());
  app.use(async (context, next) => {
    await next();
    context.res = new Response(deps.hide(await context.res.text()), context.res);
  });
  app.get("/v1/status", (context) => context.json(deps.status()));
  app.get("/v1/metrics", async (context) => {
    const { contentType, text } = await deps.metrics(deps.status());
    return context.text(text, 200, { "Content-Type": contentType });
  });
  app.post("/v1/reload", async (context) => context.json(await deps.reload()));
  addModuleRoutes(app, deps.modules);
  addLetterRoutes(app, deps.letters);
  addPurgeRoute(app, deps.purge);
  addUpgradeRoutes(app, deps.upgrades);
  addResponseRoutes(app, deps.responses);
  app.post(`/v1/events/${STREAM}`, async (context) => {
    const { raw } = context.req;
    const span = await largeBodies.inTurn(raw, async () => {
      const stream = context.req.param("stream") as Stream;
      const body = await readBody(raw, {
        maxBytes: MAX_EVENTS_BYTES,
        hint: "send the events in several requests",
      });
      const events = parseEventLines(stream, body);
      const { imported_from: importedFrom, hasten } = context.req.query();
      const { signal } = raw;
      return await deps.append({ stream, events, signal, importedFrom, hasten: hasten === "true" });
    });
    return context.json(span, 201);
  });
  app.get(`/v1/events/${STREAM}/:first/:last`, async (context) => {
    const { signal } = context.req.raw;
    const request = parseSpanRequest({ ...context.req.query(), ...context.req.param() });
    return context.json(await reportSpan(deps.settlements, request, signal));
  });
  addMissingResources(app);
  app.onError((error, context) => {
    const { body, status } = errorAnswer(error);
    return context.json(body, status);
  });
  return app;
}

/** Part of a path; anything else in its place is no resource. */
const STREAM = ":stream{stateless|stateful}";

/** What became of a span; while events are open it is told at the next news, or when the wait is over. */
async function reportSpan(
  settlements: SettlementHistory,
  { span, waitMs }: ReturnType<typeof parseSpanRequest>,
  signal: AbortSignal,
): Promise<SpanReport> {
  if (settlements.report(span).open_events > 0 && waitMs > 0) {
    using limit = new AnySignal(AbortSignal.timeout(waitMs), signal);
    await settlements.next(limit.signal);
  }
  return settlements.report(span);
}
