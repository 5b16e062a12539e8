/**
 * Who may do what in the management API.
 *
 * | role       | may                                                                    |
 * | ---------- | ---------------------------------------------------------------------- |
 * | `reader`   | look at agents, orders and figures                                     |
 * | `operator` | the same; give orders, put files and releases, remove agents           |
 * | `enroller` | register agents, make and end enrolment tokens                         |
 * | `admin`    | all of it; the role of the user that the options `user` and `password_file` name |
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { getLogger } from "@logtape/logtape";
import { ApiError } from "../http/api_error.ts";
import type { LoginGuard, LoginTry } from "../http/login_guard.ts";
import type { SecurityAudit } from "../http/security_audit.ts";
import type { Tokens } from "../http/tokens.ts";
import { hashSecret, matchesSecret, type SaltedHash } from "../secrets.ts";

const log = getLogger(["manager", "management"]);

/** Roles that a line of the users' file can give. */
export const ROLES = ["reader", "operator", "enroller"] as const;

/** What a user is. */
type Role = "admin" | (typeof ROLES)[number];

/** What a route needs. */
export type Right = "read" | "operate" | "enrol";

const RIGHTS: Readonly<Record<Role, readonly Right[]>> = {
  admin: ["read", "operate", "enrol"],
  reader: ["read"],
  operator: ["read", "operate"],
  enroller: ["enrol"],
};

/** A user of the management API. */
export interface ManagementUser {
  name: string;
  role: Role;
  password: SaltedHash;
}

/** What a user shows to be let in. */
interface Credentials {
  name: string;
  password: string;
}

/** What {@linkcode Access} works with. */
interface AccessDeps {
  tokens: Tokens;
  users: readonly ManagementUser[];
  loginGuard: LoginGuard;
  audit: SecurityAudit;
}

/** Lets users in, and says who asks. */
export class Access {
  readonly #deps: AccessDeps;
  readonly #users: ReadonlyMap<string, ManagementUser>;
  /** Compared with when there is no such user: the time taken does not tell. */
  readonly #nobody = hashSecret(crypto.randomUUID());

  constructor(deps: AccessDeps) {
    this.#deps = deps;
    this.#users = new Map(deps.users.map((user) => [user.name, user]));
  }

  /**
   * A token for who shows a name and its password by `Authorization: Basic`.
   *
   * @throws ApiError 401 when they are wrong, 429 when too many were wrong before
   */
  async logIn(authorization: string | undefined, address: string | undefined): Promise<string> {
    const name = this.#checkPassword(basicCredentials(authorization), address);
    return await this.#deps.tokens.issue("management", name);
  }

  /**
   * The token of a session at the page, for who shows a name and its password.
   *
   * @throws ApiError as {@linkcode logIn}, and 403 for who may not look at anything
   */
  async openSession(credentials: Credentials, address: string | undefined): Promise<string> {
    const name = this.#checkPassword(credentials, address);
    this.#allow(name, "read");
    return await this.#deps.tokens.issue("page", name, crypto.randomUUID());
  }

  /**
   * The user of a session at the page.
   *
   * @throws ApiError 401 when it is over, or its user is no more, 403 for who may not look at anything
   */
  async requireSession(token: string): Promise<string> {
    const name = await this.#deps.tokens.subject(`Bearer ${token}`, "page");
    return this.#allow(name, "read");
  }

  /** Another token for the same session, which lasts longer. */
  async renewSession(name: string, sessionId: string): Promise<string> {
    return await this.#deps.tokens.issue("page", name, sessionId);
  }

  #checkPassword({ name, password }: Credentials, address: string | undefined): string {
    const attempt = { account: `user ${name}`, address };
    this.refuseGuessers(attempt);
    const user = this.#users.get(name);
    if (!matchesSecret(password, user?.password ?? this.#nobody) || user === undefined) {
      this.loginFailed(attempt);
      throw new ApiError(401, "Invalid credentials");
    }
    this.#deps.loginGuard.succeeded(attempt);
    return name;
  }

  /**
   * The user who shows a token.
   *
   * @throws ApiError 401 without a good token of a user, 403 when the role does not allow it
   */
  async require(authorization: string | undefined, right: Right): Promise<string> {
    return this.#allow(await this.#deps.tokens.subject(authorization, "management"), right);
  }

  #allow(name: string, right: Right): string {
    const user = this.#users.get(name);
    // One who was taken out of the users' file has a token still.
    if (user === undefined) throw new ApiError(401, "Invalid credentials");
    if (RIGHTS[user.role].includes(right)) return name;
    throw new ApiError(403, `Permission denied: the role ${user.role} does not allow this`);
  }

  /** @throws ApiError 429 when too many log-ins failed from there, or for that account */
  refuseGuessers(attempt: LoginTry): void {
    const waitSeconds = this.#deps.loginGuard.waitSeconds(attempt);
    if (waitSeconds === 0) return;
    this.#deps.audit.write("login_refused", { ...attempt, retry_after_s: waitSeconds });
    throw new ApiError(429, "Too many log-ins failed, come again later", {
      retryAfterS: waitSeconds,
    });
  }

  /** Counts, logs and audits a log-in that failed. */
  loginFailed(attempt: LoginTry): void {
    const failures = this.#deps.loginGuard.failed(attempt);
    log.warn("Log-in of {account} from {address} failed", { ...attempt, failures });
    this.#deps.audit.write("login_failed", { ...attempt, failures });
  }
}

function basicCredentials(authorization: string | undefined): Credentials {
  const [, encoded = ""] = /^Basic +(\S{1,4096})$/i.exec(authorization ?? "") ?? [];
  const credentials = Buffer.from(encoded, "base64").toString("utf8");
  const colon = credentials.indexOf(":");
  return { name: credentials.slice(0, Math.max(colon, 0)), password: credentials.slice(colon + 1) };
}
