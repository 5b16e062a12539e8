/**
 * Who looks at the page: a session is a token in a cookie that no script can read and no other site can send.
 *
 * A session ends when nothing was looked at for the life of a token, or by logging out; each visit in its second half prolongs it by
 * another token. All its tokens bear its id, and end with it, at whichever manager they are shown.
 *
 * @module
 */

import type { Context } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { decodeJwt } from "jose";
import type { Clock } from "../../shared/clock.ts";
import { ApiError } from "../http/api_error.ts";
import type { Connection } from "../http/connection.ts";
import type { Access } from "../management_api/access.ts";
import type { EndedSessions } from "../stores/ended_sessions.ts";

/** What the handlers of the page find in their context. */
export interface PageEnv {
  /** Missing in-process. */
  Bindings: Connection;
  Variables: {
    /** Name of the user; set on every route behind {@linkcode Sessions.require}. */
    user: string;
    /** For how long the session lasts without another visit, in milliseconds. */
    leftMs: number;
  };
}

/** The page goes no further than this. */
const COOKIE_PATH = "/page";

/** What {@linkcode Sessions} works with. */
interface SessionsDeps {
  access: Access;
  clock: Clock;
  stores: { endedSessions: EndedSessions };
}

/** Opens and ends sessions. */
export class Sessions {
  readonly #access: Access;
  readonly #clock: Clock;
  readonly #ended: EndedSessions;

  constructor({ access, clock, stores }: SessionsDeps) {
    this.#access = access;
    this.#clock = clock;
    this.#ended = stores.endedSessions;
  }

  /** @throws ApiError 401 for wrong credentials, 403 for who may not look at anything, 429 when too many were wrong before */
  async open(c: Context<PageEnv>, credentials: { name: string; password: string }): Promise<void> {
    this.#set(c, await this.#access.openSession(credentials, c.env?.remoteAddress));
  }

  /**
   * Who asks, and for how long the session lasts without another visit.
   *
   * @throws ApiError 401 without a session, 403 for who may not look at anything any more
   */
  async require(c: Context<PageEnv>): Promise<{ user: string; leftMs: number }> {
    const token = getCookie(c, cookieName(c));
    if (token === undefined) throw new ApiError(401, "Not logged in");
    const user = await this.#access.requireSession(token);
    const { id, issuedAtMs, expiresAtMs } = sessionOf(token);
    if (this.#ended.has(id)) throw new ApiError(401, "Not logged in");
    const nowMs = this.#clock.now();
    if (nowMs <= (issuedAtMs + expiresAtMs) / 2) return { user, leftMs: expiresAtMs - nowMs };
    this.#set(c, await this.#access.renewSession(user, id));
    return { user, leftMs: expiresAtMs - issuedAtMs };
  }

  /** Ends the session, if there is one. */
  async end(c: Context<PageEnv>): Promise<void> {
    const token = deleteCookie(c, cookieName(c), attributes(c));
    // Only tokens that are good are remembered: anybody could send others, without end.
    const isGood = token !== undefined &&
      await this.#access.requireSession(token).then(() => true, () => false);
    if (!isGood) return;
    const { id, issuedAtMs, expiresAtMs } = sessionOf(token);
    // Another token of it may have been made since this one.
    await this.#ended.end(id, this.#clock.now() + expiresAtMs - issuedAtMs);
  }

  #set(c: Context<PageEnv>, token: string): void {
    setCookie(c, cookieName(c), token, attributes(c));
  }
}

/**
 * Refuses a request that another site has sent.
 *
 * @throws ApiError 403 when it does not say that it comes from this page
 */
export function requireOwnOrigin(c: Context<PageEnv>): void {
  const origin = c.req.header("Origin") ?? "";
  const own = c.req.header("Host") ?? new URL(c.req.url).host;
  // The scheme is not compared: something in front of the manager may end TLS.
  if (URL.canParse(origin) && new URL(origin).host === own) return;
  throw new ApiError(403, "The request does not come from this page");
}

/** Cookies know no ports, and there may be several managers on one machine. */
function cookieName(c: Context): string {
  const { port, protocol } = new URL(c.req.url);
  return `manager-session-${port || (protocol === "https:" ? "443" : "80")}`;
}

function attributes(c: Context) {
  return {
    path: COOKIE_PATH,
    httpOnly: true,
    sameSite: "Strict",
    secure: new URL(c.req.url).protocol === "https:",
  } as const;
}

/**
 * Only for tokens that were verified.
 *
 * @throws ApiError 401 for one of a version in which sessions had no id
 */
function sessionOf(token: string): { id: string; issuedAtMs: number; expiresAtMs: number } {
  const { sid, iat = 0, exp = 0 } = decodeJwt(token);
  if (typeof sid !== "string") throw new ApiError(401, "Not logged in");
  return { id: sid, issuedAtMs: iat * 1_000, expiresAtMs: exp * 1_000 };
}
