/**
 * The tokens the manager hands out: ES256, for agents (comms API), for people (management API) and
 * for browsers (the page), told apart by their audience.
 *
 * Verifying a signature costs half a millisecond, which would be most of the cost of a request. So
 * a token that was verified, or that was made here, is remembered by its text, and only its expiry
 * is looked at again.
 *
 * @module
 */

import { errors, jwtVerify, SignJWT } from "jose";
import { ApiError, TOKEN_EXPIRED, TOKEN_INVALID } from "./api_error.ts";
import type { Clock } from "../../shared/clock.ts";
import { ALGORITHM, TokenKeys, type TokenKeysOptions } from "./token_keys.ts";

/** Whom a token is for; `page` is the session of a browser, which is worth nothing at the APIs. */
type Audience = "agents" | "management" | "page";
const AUDIENCES: readonly Audience[] = ["agents", "management", "page"];

const ISSUER = "manager";
const MAX_REMEMBERED = 20_000;

interface Grant {
  audience: Audience;
  subject: string;
  expiresAtMs: number;
}

/** Makes and checks tokens. */
export class Tokens {
  readonly #clock: Clock;
  readonly #ttlSeconds: number;
  readonly #keys: TokenKeys;
  readonly #remembered = new Map<string, Grant>();

  private constructor({ clock, ttlMs }: TokenKeysOptions, keys: TokenKeys) {
    this.#clock = clock;
    this.#ttlSeconds = Math.max(1, Math.round(ttlMs / 1_000));
    this.#keys = keys;
  }

  /** Reads the signing keys, or makes the first one. The life of a token is in whole seconds, one at least. */
  static async open(options: TokenKeysOptions): Promise<Tokens> {
    return new Tokens(options, await TokenKeys.open(options));
  }

  /** Signs with a new key from now on; tokens that are out stay good. */
  rotateKey(): Promise<void> {
    return this.#keys.rotate();
  }

  /**
   * A new token for `subject`: the agent's id, or the user's name.
   *
   * @param sessionId of the session that the token is one of
   */
  async issue(audience: Audience, subject: string, sessionId?: string): Promise<string> {
    const { kid, privateKey } = await this.#keys.signing();
    const issuedAt = Math.floor(this.#clock.now() / 1_000);
    const expiresAt = issuedAt + this.#ttlSeconds;
    const token = await new SignJWT(claimsOf({ audience, subject, sessionId }))
      .setProtectedHeader({ alg: ALGORITHM, typ: "JWT", kid })
      .setIssuer(ISSUER).setAudience(audience).setSubject(subject)
      .setIssuedAt(issuedAt).setExpirationTime(expiresAt)
      .sign(privateKey);
    this.#remember(token, { audience, subject, expiresAtMs: expiresAt * 1_000 });
    return token;
  }

  /**
   * The subject of the token in an `Authorization` header.
   *
   * @throws ApiError 401 with code 2706 (missing or invalid) or 2707 (expired), 403 when it is for
   * the other API
   */
  async subject(authorization: string | undefined, audience: Audience): Promise<string> {
    const [, token] = /^Bearer +(\S+)$/i.exec(authorization ?? "") ?? [];
    if (token === undefined) throw new ApiError(401, "No token", { code: TOKEN_INVALID });
    const grant = this.#remembered.get(token) ?? await this.#verify(token);
    if (grant.expiresAtMs <= this.#clock.now()) {
      this.#remembered.delete(token);
      throw new ApiError(401, "Token expired", { code: TOKEN_EXPIRED });
    }
    if (grant.audience !== audience) throw new ApiError(403, "Permission denied");
    return grant.subject;
  }

  async #verify(token: string): Promise<Grant> {
    const grant = grantOf(await this.#claims(token));
    this.#remember(token, grant);
    return grant;
  }

  async #claims(token: string) {
    try {
      const { payload } = await jwtVerify(token, ({ kid }) => this.#publicKey(kid), {
        algorithms: [ALGORITHM],
        issuer: ISSUER,
        requiredClaims: ["sub", "exp", "aud"],
        currentDate: new Date(this.#clock.now()),
      });
      return payload;
    } catch (error) {
      if (error instanceof errors.JWTExpired) {
        throw new ApiError(401, "Token expired", { code: TOKEN_EXPIRED });
      }
      throw new ApiError(401, "Invalid token", { code: TOKEN_INVALID });
    }
  }

  /** @throws what makes the token an invalid one */
  async #publicKey(kid: string | undefined) {
    const key = await this.#keys.find(kid);
    if (key === undefined) throw new Error("Signed by a key that is not known");
    return key.publicKey;
  }

  #remember(token: string, grant: Grant): void {
    if (this.#remembered.size >= MAX_REMEMBERED) {
      const [oldest] = this.#remembered.keys();
      if (oldest !== undefined) this.#remembered.delete(oldest);
    }
    this.#remembered.set(token, grant);
  }
}

function claimsOf(
  { audience, subject, sessionId }: {
    audience: Audience;
    subject: string;
    sessionId: string | undefined;
  },
): Record<string, string> {
  if (audience === "agents") return { uuid: subject };
  return sessionId === undefined ? {} : { sid: sessionId };
}

function grantOf(claims: { sub?: string; aud?: string | string[]; exp?: number }): Grant {
  const { sub, aud, exp } = claims;
  const audience = AUDIENCES.find((known) => known === aud);
  if (sub === undefined || exp === undefined || audience === undefined) {
    throw new ApiError(401, "Invalid token", { code: TOKEN_INVALID });
  }
  return { audience, subject: sub, expiresAtMs: exp * 1_000 };
}
