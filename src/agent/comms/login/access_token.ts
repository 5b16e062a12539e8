/**
 * A token and how long it can be used, without trusting the local clock.
 *
 * While the agent runs, a token's age is measured with the monotonic clock from the answer that
 * brought it. What the token says of itself (`iat`, `exp`) is the server's time, and so is the
 * answer's `Date`; their differences are all that is used. A restart has only the wall clock to go
 * by, so a token is saved with what that clock was off by. Should the clock be set meanwhile, the
 * worst is one log-in too many, or one 401 that leads to one.
 *
 * @module
 */

import { decodeJwt } from "jose/jwt/decode";
import type { Clock } from "../../../shared/clock.ts";
import type { SavedToken } from "../../../shared/protocol/agent_identity.ts";

/** A token in use. */
export interface HeldToken {
  /** When to get the next one, by the monotonic clock in milliseconds. */
  refreshAt: number;
  /**
   * When it stops being accepted, by the monotonic clock in milliseconds; infinite when only a 401
   * will tell.
   */
  expiresAt: number;
  /** When this process got it, by the monotonic clock in milliseconds; infinitely long ago for one of an earlier process. */
  receivedAt: number;
  saved: SavedToken;
}

/** Life of a token that does not tell its own, in milliseconds. */
const ASSUMED_LIFE_MS = 900_000;
/** However short a life is, tokens are not replaced more often than this, in milliseconds. */
const SHORTEST_LIFE_MS = 5_000;
/**
 * However long a life is, tokens are replaced this often, in milliseconds. Also keeps timers in
 * their range.
 */
const LONGEST_LIFE_MS = 86_400_000;
/** Share of its life after which a token is replaced. */
const REFRESH_AT = 0.8;
/** Seconds since 1970 that a date can hold. */
const LATEST_SECOND = 8.64e12;

/**
 * Whether `value` can stand behind `Bearer` in a header (RFC 6750, 2.1). With anything else every request would fail before it is
 * sent, and the platform's error would show the token.
 */
export function isBearerToken(value: string): boolean {
  return /^[\w.~+/-]+=*$/.test(value);
}

/** Takes over a token that just came, with the `Date` header of the answer that brought it. */
export function receiveToken(
  value: string,
  date: string | undefined,
  { clock, random }: { clock: Clock; random: () => number },
): HeldToken {
  const { iat, exp } = claimsOf(value);
  // Not the local clock, which may be years off: a token must not seem over when it comes.
  const serverNow = dateOf(date) ?? iat;
  const known = exp !== undefined && serverNow !== undefined;
  const life = known ? lifeLeft(exp, serverNow, iat) : ASSUMED_LIFE_MS;
  return hold(
    {
      value,
      expires_at: known ? new Date(exp).toISOString() : null,
      life_ms: life,
      server_offset_ms: serverNow === undefined ? 0 : serverNow - clock.now(),
    },
    life,
    { clock, random },
  );
}

/** Takes over a token from a file; `undefined` when its life is over as far as can be told, or it is none. */
export function restoreToken(
  saved: SavedToken,
  { clock, random }: { clock: Clock; random: () => number },
): HeldToken | undefined {
  if (!isBearerToken(saved.value)) return undefined;
  if (saved.expires_at === null) {
    // Nobody can say how old it is; a refusal costs one request and one log-in.
    return hold(saved, ASSUMED_LIFE_MS, { clock, random, earlier: true });
  }
  const left = Date.parse(saved.expires_at) - (clock.now() + saved.server_offset_ms);
  // A clock that was set back makes a token look younger than it ever was.
  return left > 0
    ? hold(saved, Math.min(left, saved.life_ms), { clock, random, earlier: true })
    : undefined;
}

function hold(
  saved: SavedToken,
  lifeMs: number,
  { clock, random, earlier = false }: {
    clock: Clock;
    random: () => number;
    /** True for a token that a process before this one got. */
    earlier?: boolean;
  },
): HeldToken {
  const life = Math.min(Math.max(lifeMs, SHORTEST_LIFE_MS), LONGEST_LIFE_MS);
  // From 75 to 85 %: agents that were started together shall not stay together.
  const share = REFRESH_AT - 0.05 + random() * 0.1;
  const now = clock.monotonic();
  return {
    saved,
    // Refused at once, one from an earlier process is merely old: that is no sign of a server with useless tokens.
    receivedAt: earlier ? -Infinity : now,
    refreshAt: now + Math.max(SHORTEST_LIFE_MS, life * share),
    expiresAt: saved.expires_at === null ? Infinity : now + Math.max(lifeMs, SHORTEST_LIFE_MS),
  };
}

/**
 * By the answer's date, but never longer than the token's whole life: the date may be that of a
 * proxy that is slow.
 */
function lifeLeft(exp: number, serverNow: number, iat: number | undefined): number {
  const left = exp - serverNow;
  return iat === undefined ? left : Math.min(left, exp - iat);
}

/** `iat` and `exp` in milliseconds, as far as the token can be read. */
function claimsOf(token: string): { iat: number | undefined; exp: number | undefined } {
  try {
    const { iat, exp } = decodeJwt(token);
    return { iat: millisecondsOf(iat), exp: millisecondsOf(exp) };
  } catch {
    return { iat: undefined, exp: undefined };
  }
}

function millisecondsOf(seconds: unknown): number | undefined {
  const usable = typeof seconds === "number" && Math.abs(seconds) < LATEST_SECOND;
  return usable ? seconds * 1000 : undefined;
}

function dateOf(date: string | undefined): number | undefined {
  const ms = Date.parse(date ?? "");
  return Number.isNaN(ms) ? undefined : ms;
}
