/**
 * `GET /health` and `GET /ready`: what balancers and supervisors ask, on both ports. No token is needed and nothing secret is told.
 *
 * `/health` says that the process answers; `/ready` whether agents should be sent to it, and if not, why.
 *
 * @module
 */

import { type Env, Hono } from "hono";
import type { Readiness } from "../readiness.ts";
import { ApiError } from "./api_error.ts";
import { type ApiName, ROUTES } from "./routes.ts";

/** When to come again while a manager starts, in seconds. */
const RETRY_S = 2;

/** Adds both routes. */
export function addHealth<E extends Env>(app: Hono<E>, api: ApiName, readiness: Readiness): void {
  const [health, ready] = api === "comms"
    ? [ROUTES.health, ROUTES.ready]
    : [ROUTES.managementHealth, ROUTES.managementReady];
  app.get(health.path, () => answer(200, { alive: true }));
  app.get(ready.path, () => readyAnswer(readiness));
}

/** What a port answers while the manager behind it starts. */
export function startingApp(api: ApiName, readiness: Readiness): Hono {
  const app = new Hono({ strict: false });
  addHealth(app, api, readiness);
  app.notFound(() =>
    new ApiError(503, "The manager is starting", { retryAfterS: RETRY_S }).toResponse()
  );
  return app;
}

function readyAnswer(readiness: Readiness): Response {
  const trouble = readiness.ask();
  if (trouble === undefined) return answer(200, { ready: true });
  const { reason, message, sinceMs } = trouble;
  return answer(503, {
    ready: false,
    reason,
    message,
    since: new Date(sinceMs).toISOString(),
  });
}

function answer(status: number, body: object): Response {
  return Response.json(body, { status, headers: { "Cache-Control": "no-store" } });
}
