/**
 * The comms API: what agents talk to.
 *
 * @module
 */

import type { Hono } from "hono";
import { ROUTES } from "../http/routes.ts";
import { addAuthentication } from "./authentication.ts";
import { addBatches } from "./batches.ts";
import { addCommands, addOrderStarts } from "./commands.ts";
import { addEvents } from "./events.ts";
import type { CommsDeps, CommsEnv } from "./deps.ts";
import { addOwnRemoval } from "./own_removal.ts";
import { addStateDigest } from "./state_digest.ts";
import { addFiles } from "./files.ts";
import { addReleases } from "./releases.ts";

/** Adds every route of the comms API. */
export function addCommsApi(app: Hono<CommsEnv>, deps: CommsDeps): void {
  app.get(ROUTES.root.path, (c) => c.json({ title: "Manager comms API" }));
  addAuthentication(app, deps);
  addOwnRemoval(app, deps);
  addEvents(app, deps);
  addBatches(app, deps);
  addStateDigest(app, deps);
  addCommands(app, deps);
  addOrderStarts(app, deps);
  addFiles(app, deps);
  addReleases(app, deps);
}
