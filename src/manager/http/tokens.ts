/**
 * The tokens the manager hands out: ES256, for agents (comms API) and for people (management API),
 * told apart by their audience.
 *
 * Verifying a signature costs half a millisecond, which would be most of the cost of a request. So
 * a token that was verified, or that was made here, is remembered by its text, and only its expiry
 * is looked at again.
 *
 * @module
 */

import { errors, exportJWK, generateKeyPair, importJWK, type JWK, jwtVerify, SignJWT } from "jose";
import { ApiError, TOKEN_EXPIRED, TOKEN_INVALID } from "./api_error.ts";
import type { Clock } from "../../shared/clock.ts";
import { readIfThere, writePrivate } from "../private_file.ts";

/** Whom a token is for. */
type Audience = "agents" | "management";

const ISSUER = "manager";
const ALGORITHM = "ES256";
const MAX_REMEMBERED = 20_000;

interface Grant {
  audience: Audience;
  subject: string;
  expiresAtMs: number;
}

type SigningKey = Awaited<ReturnType<typeof importJWK>>;

/** What {@linkcode Tokens.open} takes. */
interface TokenOptions {
  clock: Clock;
  /** Life of a token in milliseconds; whole seconds, at least one. */
  ttlMs: number;
  /** Where the signing key is kept (mode 0600); without it the key lasts as long as the process. */
  keyFile?: string;
}

/** Makes and checks tokens. */
export class Tokens {
  readonly #clock: Clock;
  readonly #ttlSeconds: number;
  readonly #privateKey: SigningKey;
  readonly #publicKey: SigningKey;
  readonly #remembered = new Map<string, Grant>();

  private constructor(options: TokenOptions, privateKey: SigningKey, publicKey: SigningKey) {
    this.#clock = options.clock;
    this.#ttlSeconds = Math.max(1, Math.round(options.ttlMs / 1_000));
    this.#privateKey = privateKey;
    this.#publicKey = publicKey;
  }

  /** Reads the signing key, or makes it at the first start. */
  static async open(options: TokenOptions): Promise<Tokens> {
    const jwk = await signingKey(options.keyFile);
    const { d: _secret, ...publicJwk } = jwk;
    const [privateKey, publicKey] = await Promise.all([
      importJWK(jwk, ALGORITHM),
      importJWK(publicJwk, ALGORITHM),
    ]);
    return new Tokens(options, privateKey, publicKey);
  }

  /** A new token for `subject`: the agent's id, or the user's name. */
  async issue(audience: Audience, subject: string): Promise<string> {
    const issuedAt = Math.floor(this.#clock.now() / 1_000);
    const expiresAt = issuedAt + this.#ttlSeconds;
    const token = await new SignJWT(audience === "agents" ? { uuid: subject } : {})
      .setProtectedHeader({ alg: ALGORITHM, typ: "JWT" })
      .setIssuer(ISSUER).setAudience(audience).setSubject(subject)
      .setIssuedAt(issuedAt).setExpirationTime(expiresAt)
      .sign(this.#privateKey);
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
    if (token === undefined) throw new ApiError(401, "No token", TOKEN_INVALID);
    const grant = this.#remembered.get(token) ?? await this.#verify(token);
    if (grant.expiresAtMs <= this.#clock.now()) {
      this.#remembered.delete(token);
      throw new ApiError(401, "Token expired", TOKEN_EXPIRED);
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
      const { payload } = await jwtVerify(token, this.#publicKey, {
        algorithms: [ALGORITHM],
        issuer: ISSUER,
        requiredClaims: ["sub", "exp", "aud"],
        currentDate: new Date(this.#clock.now()),
      });
      return payload;
    } catch (error) {
      if (error instanceof errors.JWTExpired) {
        throw new ApiError(401, "Token expired", TOKEN_EXPIRED);
      }
      throw new ApiError(401, "Invalid token", TOKEN_INVALID);
    }
  }

  #remember(token: string, grant: Grant): void {
    if (this.#remembered.size >= MAX_REMEMBERED) {
      const [oldest] = this.#remembered.keys();
      if (oldest !== undefined) this.#remembered.delete(oldest);
    }
    this.#remembered.set(token, grant);
  }
}

function grantOf(claims: { sub?: string; aud?: string | string[]; exp?: number }): Grant {
  const { sub, aud, exp } = claims;
  if (sub === undefined || exp === undefined || (aud !== "agents" && aud !== "management")) {
    throw new ApiError(401, "Invalid token", TOKEN_INVALID);
  }
  return { audience: aud, subject: sub, expiresAtMs: exp * 1_000 };
}

async function signingKey(file: string | undefined): Promise<JWK> {
  const kept = file === undefined ? undefined : await readIfThere(file);
  if (kept !== undefined) return JSON.parse(kept) as JWK;
  const { privateKey } = await generateKeyPair(ALGORITHM, { extractable: true });
  const jwk = await exportJWK(privateKey);
  if (file !== undefined) await writePrivate(file, JSON.stringify(jwk));
  return jwk;
}
