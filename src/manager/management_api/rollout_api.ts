/**
 * Rollouts in the management API: a version goes to agents in waves.
 *
 * @module
 */

import type { Context, Hono } from "hono";
import { ApiError } from "../http/api_error.ts";
import type { BodyReader } from "../http/body.ts";
import type { Connection } from "../http/connection.ts";
import { ROUTES } from "../http/routes.ts";
import type { SecurityAudit } from "../http/security_audit.ts";
import type { RolloutOperation, Rollouts } from "../rollouts/rollouts.ts";
import type { Access, Right } from "./access.ts";

/** What the routes work with. */
export interface RolloutApiDeps {
  access: Access;
  audit: SecurityAudit;
  bodies: BodyReader;
  rollouts: Rollouts;
}

const OPERATIONS: readonly RolloutOperation[] = ["pause", "resume", "cancel"];

/** Adds the routes. */
export function addRolloutApi(app: Hono<{ Bindings: Connection }>, deps: RolloutApiDeps): void {
  const { access, audit, bodies, rollouts } = deps;
  const require = (c: Context, right: Right) =>
    access.require(c.req.header("Authorization"), right);

  app.post(ROUTES.makeRollout.path, async (c) => {
    const user = await require(c, "operate");
    const rollout = await rollouts.create(await bodies.json(c.req.raw), user);
    audit.write("rollout_begun", { user, rollout });
    return c.json({ data: rollout, error: 0 }, 201);
  });

  app.get(ROUTES.listRollouts.path, async (c) => {
    await require(c, "read");
    return c.json({ rollouts: rollouts.list() });
  });

  app.get(ROUTES.rollout.path, async (c) => {
    await require(c, "read");
    return c.json(rollouts.show(idOf(c)) ?? missing(c));
  });

  app.post(ROUTES.operateRollout.path, async (c) => {
    const user = await require(c, "operate");
    const operation = OPERATIONS.find((name) => name === c.req.param("operation"));
    if (operation === undefined) {
      throw new ApiError(404, `A rollout can be told to ${OPERATIONS.join(", ")}`);
    }
    const rollout = await rollouts.operate(idOf(c), operation, user) ?? missing(c);
    audit.write("rollout_changed", { user, operation, rollout_id: idOf(c) });
    return c.json({ data: rollout, error: 0 });
  });
}

function idOf(c: Context): number {
  const id = c.req.param("id") ?? "";
  return /^\d{1,15}$/.test(id) ? Number(id) : missing(c);
}

function missing(c: Context): never {
  throw new ApiError(404, `No rollout "${c.req.param("id") ?? ""}"`);
}
