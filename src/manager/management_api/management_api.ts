/**
 * The management API: people log in, agents are registered, figures are shown.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { getLogger } from "@logtape/logtape";
import type { Hono } from "hono";
import { ApiError } from "../http/api_error.ts";
import { readJson } from "../http/body.ts";
import type { Clock } from "../../shared/clock.ts";
import { addCommandApi, type CommandApiDeps } from "./command_api.ts";
import { addFileUpload, type FileUploadDeps } from "./file_upload.ts";
import { addAgentApi, type AgentApiDeps } from "./agent_api.ts";
import { parseRegistration } from "./registration.ts";
import { ROUTES } from "../http/routes.ts";
import { matchesSecret, type SaltedHash } from "../secrets.ts";
import { managerStats, type StatsSources } from "./stats.ts";
import type { Tokens } from "../http/tokens.ts";

const log = getLogger(["manager", "management"]);

/** The one user of the management API. */
interface ManagementUser {
  name: string;
  password: SaltedHash;
}

/** What the management API works with. */
export interface ManagementDeps extends AgentApiDeps, CommandApiDeps, FileUploadDeps, StatsSources {
  clock: Clock;
  tokens: Tokens;
  user: ManagementUser;
  /** Limit for request bodies in bytes. */
  maxBodyBytes: number;
}

/** Adds every route of the management API. */
export function addManagementApi(app: Hono, deps: ManagementDeps): void {
  app.post(ROUTES.authenticate.path, async (c) => {
    checkUser(deps.user, c.req.header("Authorization"));
    return c.json({
      data: { token: await deps.tokens.issue("management", deps.user.name) },
      error: 0,
    });
  });

  app.post(ROUTES.agents.path, async (c) => {
    await deps.tokens.subject(c.req.header("Authorization"), "management");
    register(deps, await readJson(c.req.raw, deps.maxBodyBytes));
    return c.json({ data: {}, error: 0 }, 201);
  });

  app.get(ROUTES.stats.path, async (c) => {
    await deps.tokens.subject(c.req.header("Authorization"), "management");
    return c.json(managerStats(deps));
  });

  addAgentApi(app, deps);
  addCommandApi(app, deps);
  addFileUpload(app, deps);
}

function checkUser(user: ManagementUser, authorization: string | undefined): void {
  const [, encoded = ""] = /^Basic +(\S+)$/i.exec(authorization ?? "") ?? [];
  const credentials = Buffer.from(encoded, "base64").toString("utf8");
  const colon = credentials.indexOf(":");
  // Both are always compared, so that the time taken does not tell a wrong name from a wrong
  // password.
  const passwordMatches = matchesSecret(credentials.slice(colon + 1), user.password);
  const nameMatches = colon >= 0 && credentials.slice(0, colon) === user.name;
  if (!(passwordMatches && nameMatches)) throw new ApiError(401, "Invalid credentials");
}

function register({ store, clock }: ManagementDeps, body: unknown): void {
  const { groups = [], ...agent } = parseRegistration(body);
  const taken = store.agents.add({ ...agent, groups, registeredAtMs: clock.now() });
  if (taken !== undefined) {
    throw new ApiError(409, `Agent ${taken} "${agent[taken]}" is taken already`);
  }
  log.info("Agent {id} registered as {name}", { id: agent.id, name: agent.name });
}
