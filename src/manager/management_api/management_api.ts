/**
 * The management API: people log in, agents are registered, figures are shown.
 *
 * @module
 */

import type { Hono } from "hono";
import type { Connection } from "../http/connection.ts";
import { addCommandApi, type CommandApiDeps } from "./command_api.ts";
import { addFileUpload, type FileUploadDeps } from "./file_upload.ts";
import { addAgentApi, type AgentApiDeps } from "./agent_api.ts";
import { addEnrollmentApi, type EnrollmentDeps } from "./enrollment_api.ts";
import { addEventApi, type EventApiDeps } from "./event_api.ts";
import { addModuleApi } from "./module_api.ts";
import { ROUTES } from "../http/routes.ts";
import { addReleaseApi, type ReleaseApiDeps } from "./release_api.ts";
import { addRolloutApi, type RolloutApiDeps } from "./rollout_api.ts";
import { addStateApi } from "./state_api.ts";
import { managerStats, type StatsSources } from "./stats.ts";
import type { Tokens } from "../http/tokens.ts";

/** What the management API works with. */
export interface ManagementDeps
  extends
    AgentApiDeps,
    CommandApiDeps,
    EnrollmentDeps,
    EventApiDeps,
    FileUploadDeps,
    ReleaseApiDeps,
    RolloutApiDeps,
    StatsSources {
  tokens: Tokens;
}

/** Adds every route of the management API. */
export function addManagementApi(
  app: Hono<{ Bindings: Connection }>,
  deps: ManagementDeps,
): void {
  const { access, tokens } = deps;
  app.post(ROUTES.authenticate.path, async (c) => {
    const address = c.env?.remoteAddress;
    const token = await access.logIn(c.req.header("Authorization"), address);
    return c.json({ data: { token }, error: 0 });
  });

  app.get(ROUTES.stats.path, async (c) => {
    await access.require(c.req.header("Authorization"), "read");
    return c.json(managerStats(deps));
  });

  app.post(ROUTES.rotateTokenKey.path, async (c) => {
    await access.require(c.req.header("Authorization"), "operate");
    await tokens.rotateKey();
    return c.json({ data: {}, error: 0 });
  });

  addEnrollmentApi(app, deps);
  addAgentApi(app, deps);
  addStateApi(app, deps);
  addModuleApi(app, deps);
  addCommandApi(app, deps);
  addEventApi(app, deps);
  addFileUpload(app, deps);
  addReleaseApi(app, deps);
  addRolloutApi(app, deps);
}
