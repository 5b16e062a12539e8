/**
 * An agent logs in, and every other request shows that it has.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import type { Hono, MiddlewareHandler } from "hono";
import * as z from "zod";
import { ApiError, TOKEN_INVALID } from "../http/api_error.ts";
import type { Connection } from "../http/connection.ts";
import type { SignOfLife } from "../keep_alive/types.ts";
import { ROUTES } from "../http/routes.ts";
import type { CommsDeps, CommsEnv } from "./deps.ts";

const log = getLogger(["manager", "comms"]);

/** UUIDs are compared in lower case. */
const CREDENTIALS = z.object({ uuid: z.string().toLowerCase(), key: z.string() });

interface Credentials extends z.infer<typeof CREDENTIALS> {
  address: string | undefined;
}

/** Adds the log-in. */
export function addAuthentication(app: Hono<CommsEnv>, deps: CommsDeps): void {
  app.post(ROUTES.login.path, async (c) => {
    const { uuid, key } = parseCredentials(await deps.bodies.jsonOfAnybody(c.req.raw));
    await checkCredentials(deps, { uuid, key, address: c.env?.remoteAddress });
    await checkCertificate(deps, uuid, c.env);
    // Only now, when the dear part comes: wrong credentials take nothing away from right ones.
    const waitSeconds = deps.logins.take();
    if (waitSeconds > 0) throw tooMany(waitSeconds);
    log.info("Agent {uuid} logged in", { uuid });
    deps.keepAlive.heard(uuid, "login", c.env?.remoteAddress);
    return c.json({ token: await deps.tokens.issue("agents", uuid) });
  });
}

/**
 * Lets only agents with a valid token through; handlers read the agent's id from the context. Each
 * request is a sign of life, of the kind `sign`.
 */
export function requireAgent(
  deps: CommsDeps,
  sign: SignOfLife = "request",
): MiddlewareHandler<CommsEnv> {
  const { tokens, stores, keepAlive } = deps;
  return async (c, next) => {
    const agentId = await tokens.subject(c.req.header("Authorization"), "agents");
    // A token outlives the agent that it was made for when that is removed.
    if (!await stores.agents.has(agentId)) {
      throw new ApiError(401, "Invalid token", { code: TOKEN_INVALID });
    }
    await checkCertificate(deps, agentId, c.env);
    c.set("agentId", agentId);
    keepAlive.heard(agentId, sign, c.env?.remoteAddress);
    await next();
  };
}

/** @throws ApiError 403 when the certificate that was shown is another agent's */
async function checkCertificate(
  { clientCertName, stores }: CommsDeps,
  agentId: string,
  connection: Connection | undefined,
): Promise<void> {
  if (clientCertName === "any") return;
  const wanted = clientCertName === "id" ? agentId : await stores.agents.nameOf(agentId);
  const names = connection?.clientNames ?? [];
  if (names.some((name) => name.toLowerCase() === wanted?.toLowerCase())) return;
  throw new ApiError(403, "Permission denied: the certificate is not this agent's");
}

function parseCredentials(body: unknown): z.infer<typeof CREDENTIALS> {
  const { data } = CREDENTIALS.safeParse(body);
  if (data === undefined) throw new ApiError(400, '"uuid" and "key" are needed, both strings');
  return data;
}

function tooMany(retryAfterS: number): ApiError {
  return new ApiError(429, "Too many log-ins, come again later", { retryAfterS });
}

/** Agents take these two messages as final, so they stand for nothing else. */
async function checkCredentials(
  deps: CommsDeps,
  { uuid, key, address }: Credentials,
): Promise<void> {
  const attempt = { account: `agent ${uuid}`, address };
  // Before the key is hashed: guessing must not cost the manager more than the guesser.
  const waitSeconds = deps.loginGuard.waitSeconds(attempt);
  if (waitSeconds > 0) {
    deps.audit.write("login_refused", { ...attempt, retry_after_s: waitSeconds });
    throw tooMany(waitSeconds);
  }
  const result = await deps.stores.agents.checkKey(uuid, key);
  if (result === "ok") return deps.loginGuard.succeeded(attempt);
  const failures = deps.loginGuard.failed(attempt);
  log.warn("Log-in of {account} from {address} failed: {result}", { ...attempt, result, failures });
  deps.audit.write("login_failed", { ...attempt, result, failures });
  if (result === "unknown agent") throw new ApiError(403, "Agent does not exist");
  if (result === "wrong key") throw new ApiError(401, "Invalid key");
}
