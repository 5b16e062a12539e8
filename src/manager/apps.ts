/**
 * The manager as two functions from a request to an answer: nothing in here knows of ports,
 * processes or files of its own.
 *
 * `app.fetch(request)` rejects with {@linkcode ConnectionCut} when the connection is to be cut in
 * place of an answer.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import { Hono, type MiddlewareHandler } from "hono";
import { ConflictingRequest } from "./conflicting_request.ts";
import { InvalidRequest } from "./invalid_request.ts";
import { ReleaseProblem, type ReleaseProblemKind } from "./releases/release_problem.ts";
import { ApiError, ConnectionCut, errorResponse } from "./http/api_error.ts";
import { addHealth } from "./http/health.ts";
import type { Connection } from "./http/connection.ts";
import type { Clock } from "../shared/clock.ts";
import type { Readiness } from "./readiness.ts";
import { addCommsApi } from "./comms_api/comms_api.ts";
import type { CommsDeps, CommsEnv } from "./comms_api/deps.ts";
import { addManagementApi, type ManagementDeps } from "./management_api/management_api.ts";
import { addPage, type Page, type PageDeps } from "./page/page.tsx";
import type { RequestCounter } from "./http/request_counter.ts";
import { StoreUnavailable } from "./stores/unavailable.ts";
import { type ApiName, routeOf, ROUTES, routesAt } from "./http/routes.ts";

const log = getLogger(["manager", "http"]);

/** When to put a file again that others were in the way of, in seconds. */
const RETRY_PUT_S = 10;

/** What both APIs work with. */
interface AppDeps extends CommsDeps, ManagementDeps, PageDeps {
  readiness: Readiness;
  /** Runs around every request, inside of what counts them. */
  middleware?: (api: ApiName) => MiddlewareHandler;
}

/** The two APIs, each for a port of its own. */
export interface Apps {
  management: Hono<{ Bindings: Connection }>;
  comms: Hono<CommsEnv>;
  /** What the management API shows to browsers. */
  page: Page;
}

/** Builds both APIs. */
export function createApp(deps: AppDeps): Apps {
  const management = new Hono<{ Bindings: Connection }>({ strict: false });
  management.use(...commonMiddleware("management", deps));
  answerErrors(management, "management");
  addHealth(management, "management", deps.readiness);
  addManagementApi(management, deps);
  const page = addPage(management, deps);

  const comms = new Hono<CommsEnv>({ strict: false });
  comms.use(...commonMiddleware("comms", deps));
  answerErrors(comms, "comms");
  addHealth(comms, "comms", deps.readiness);
  addCommsApi(comms, deps);

  return { management, comms, page };
}

function commonMiddleware(api: ApiName, deps: AppDeps): MiddlewareHandler[] {
  const middleware = [countRequests(api, deps.requests), addDate(deps.clock)];
  return deps.middleware === undefined ? middleware : [...middleware, deps.middleware(api)];
}

function countRequests(api: ApiName, requests: RequestCounter): MiddlewareHandler {
  return async (c, next) => {
    const route = routeOf(api, c.req.raw);
    try {
      await next();
    } catch (error) {
      requests.add(route, "cut");
      throw error;
    }
    requests.add(route, c.res.status);
    log.debug("{method} {path} {status}", {
      method: c.req.method,
      path: c.req.path,
      status: c.res.status,
    });
  };
}

/**
 * Agents correct their clocks by this header, so it follows the clock handed in, in-process too.
 */
function addDate(clock: Clock): MiddlewareHandler {
  return async (c, next) => {
    await next();
    c.res.headers.set("Date", new Date(clock.now()).toUTCString());
  };
}

const RELEASE_STATUS: Readonly<Record<ReleaseProblemKind, number>> = {
  wrong_name: 400,
  wrong_manifest: 400,
  empty: 400,
  too_large: 413,
  busy: 503,
  no_room: 507,
};

function answerTo({ kind, message }: ReleaseProblem): Response {
  const retry = kind === "busy" ? { retryAfterS: RETRY_PUT_S } : {};
  return new ApiError(RELEASE_STATUS[kind], message, retry).toResponse();
}

/** The waits differ, so that a thousand agents do not come back together. */
function unavailable({ message }: StoreUnavailable): Response {
  const retryAfterS = 2 + Math.floor(Math.random() * 9);
  log.warn("Answered 503: {message}", { message });
  return new ApiError(503, message, { retryAfterS }).toResponse();
}

function answerErrors<E extends { Bindings: Connection }>(app: Hono<E>, api: ApiName): void {
  app.onError((error) => {
    if (error instanceof ConnectionCut) throw error;
    if (error instanceof ApiError) return error.toResponse();
    if (error instanceof ReleaseProblem) return answerTo(error);
    if (error instanceof StoreUnavailable) return unavailable(error);
    if (error instanceof ConflictingRequest) return errorResponse(409, error.message);
    if (error instanceof InvalidRequest) return errorResponse(400, error.message);
    log.error("Cannot answer request: {error}", { error: String(error) });
    return errorResponse(500, "Internal error");
  });
  app.notFound((c) => {
    const methods = routesAt(api, c.req.path).map((name) => ROUTES[name].method);
    if (methods.length === 0) return errorResponse(404, `No such path "${c.req.path}"`);
    const answer = errorResponse(405, `Method ${c.req.method} is not allowed here`);
    answer.headers.set("Allow", methods.join(", "));
    return answer;
  });
}
