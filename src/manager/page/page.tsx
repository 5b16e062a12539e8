/**
 * A page for people: the fleet, its agents, orders, the flow of events. It only shows; what it shows is what the management API tells.
 *
 * Works without scripts; with them it keeps itself up to date. Nothing comes from another host, and nothing in a document of ours is
 * run or styled that is not one of our files.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import { type Context, Hono, type MiddlewareHandler } from "hono";
import { ApiError } from "../http/api_error.ts";
import type { BodyReader } from "../http/body.ts";
import type { Connection } from "../http/connection.ts";
import { ROUTES } from "../http/routes.ts";
import type { Access } from "../management_api/access.ts";
import { findAsset } from "./assets.ts";
import { link } from "./format.ts";
import { keepFragments } from "./fragment_cache.ts";
import { LiveFeed } from "./live_feed.ts";
import { logInPage, problemPage, safeNext } from "./log_in.tsx";
import { RenderBudget } from "./render_budget.ts";
import { looking, type Seen, tell } from "./look.ts";
import { type PageEnv, requireOwnOrigin, Sessions } from "./session.ts";
import { Streams } from "./streams.ts";
import type { ViewDeps } from "./view_deps.ts";
import { addViews, troublesOf } from "./views.tsx";

const log = getLogger(["manager", "page"]);

const HEADERS = {
  "Content-Security-Policy": "default-src 'self'; base-uri 'none'; object-src 'none'; " +
    "form-action 'self'; frame-ancestors 'none'",
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
  // A form that is sent without a referrer would not tell its origin either.
  "Referrer-Policy": "same-origin",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
};

const FOR_EVER = "public, max-age=31536000, immutable";

/** What the page works with. */
export interface PageDeps extends ViewDeps {
  access: Access;
  bodies: BodyReader;
}

/** The page, once it has been added. */
export interface Page {
  /** Ends the streams of all browsers, at once. */
  endStreams(): void;
}

/** Adds the page. */
export function addPage(app: Hono<{ Bindings: Connection }>, deps: PageDeps): Page {
  const page = new Hono<PageEnv>({ strict: false });
  const sessions = new Sessions(deps);
  const { clock } = deps;
  const look = looking({ ...deps, troubles: () => troublesOf(deps) });
  const feed = new LiveFeed<Seen>({ clock, look });
  const streams = new Streams({ clock, feed, tell });
  page.onError(showError);
  page.use("/page/*", secure);
  addSessionRoutes(page, sessions, deps);
  page.get(ROUTES.pageAsset.path, serveAsset);
  page.get(ROUTES.pageRoot.path, (c) => c.redirect(ROUTES.pageFleet.path));
  page.use("/page/*", async (c, next) => {
    const { user, leftMs } = await sessions.require(c);
    c.set("user", user);
    c.set("leftMs", leftMs);
    await next();
  });
  page.get(ROUTES.pageLive.path, (c) => streams.open(c.req.raw.signal, c.get("leftMs") * 0.9));
  page.use("/page/*", keepFragments(() => feed.newest));
  const budget = new RenderBudget(clock);
  page.use("/page/*", (_c, next) => budget.spend(next));
  addViews(page, deps, () => streams.size);
  app.route("/", page);
  return { endStreams: () => streams.stop() };
}

function addSessionRoutes(page: Hono<PageEnv>, sessions: Sessions, { bodies }: PageDeps): void {
  page.get(
    ROUTES.pageLogInForm.path,
    (c) => c.html(logInPage({ next: safeNext(c.req.query("next")) })),
  );
  page.post(ROUTES.pageLogIn.path, async (c) => {
    requireOwnOrigin(c);
    const form = await bodies.formOfAnybody(c.req.raw);
    const next = safeNext(form.get("next"));
    const credentials = { name: form.get("user") ?? "", password: form.get("password") ?? "" };
    try {
      await sessions.open(c, credentials);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const { status, message } = error;
      return c.html(logInPage({ next, problem: message }), statusOf(status), headersOf(error));
    }
    return c.redirect(next, 303);
  });
  page.post(ROUTES.pageLogOut.path, async (c) => {
    requireOwnOrigin(c);
    await sessions.end(c);
    return c.redirect(ROUTES.pageLogInForm.path, 303);
  });
}

const secure: MiddlewareHandler<PageEnv> = async (c, next) => {
  await next();
  for (const [name, value] of Object.entries(HEADERS)) c.res.headers.set(name, value);
  if (!c.res.headers.has("Cache-Control")) c.res.headers.set("Cache-Control", "no-store");
};

function serveAsset(c: Context<PageEnv>): Response {
  const asset = findAsset(c.req.param("name") ?? "");
  if (asset === undefined) throw new ApiError(404, "No such file");
  return c.body(asset.text, 200, { "Content-Type": asset.type, "Cache-Control": FOR_EVER });
}

/** Who has no session is sent to the form, and from there to where he was going. */
function showError(error: Error, c: Context<PageEnv>): Response | Promise<Response> {
  if (!(error instanceof ApiError)) {
    log.error("Cannot show {path}: {error}", { path: c.req.path, error: String(error) });
    return c.html(problemPage({ status: 500, message: "Internal error" }), 500);
  }
  const { status, message } = error;
  if (status !== 401) {
    return c.html(problemPage({ status, message }), statusOf(status), headersOf(error));
  }
  const asked = URL.parse(c.req.header("HX-Current-URL") ?? c.req.url);
  const next = safeNext(asked === null ? null : `${asked.pathname}${asked.search}`);
  const form = link(ROUTES.pageLogInForm.path, { next });
  // A redirect would put the form in the place of a list.
  if (c.req.header("HX-Request") !== undefined) return c.body(null, 401, { "HX-Redirect": form });
  return c.redirect(form, 303);
}

/** Only statuses that may have a body are ever thrown. */
function statusOf(status: number) {
  return status as 400 | 401 | 403 | 404 | 413 | 415 | 429 | 503;
}

function headersOf(error: ApiError): Record<string, string> {
  const after = error.toResponse().headers.get("Retry-After");
  return after === null ? {} : { "Retry-After": after };
}
