/**
 * The modules' share of the local API.
 *
 * @module
 */

import type { Hono } from "hono";
import type { ModuleFile } from "../../shared/protocol/part_status.ts";
import type { ModuleDocuments, ModuleReset, ModuleScan } from "../../shared/protocol/local_api.ts";

/** What the routes need of the agent. */
export interface ModuleControl {
  /** Resolves when the scan is over. */
  scan(name: string, signal: AbortSignal): Promise<ModuleScan>;
  /** Has the documents of a module compared with those of the server soon. */
  resync(name: string): ModuleDocuments;
  /** Leaves the documents of a module at the server when it is disabled next. */
  keep(name: string): Promise<ModuleDocuments>;
  /** Forgets what the server said of a module. */
  reset(name: string): Promise<ModuleReset>;
  /** The files that modules follow. */
  files(): ModuleFile[];
}

/** Adds the routes. */
export function addModuleRoutes(app: Hono, modules: ModuleControl): void {
  app.get("/v1/files", (context) => context.json({ schema: 1, files: modules.files() }));
  app.post("/v1/modules/:name/scan", async (context) => {
    const { signal } = context.req.raw;
    return context.json(await modules.scan(context.req.param("name"), signal));
  });
  app.post("/v1/modules/:name/resync", (context) => {
    return context.json(modules.resync(context.req.param("name")));
  });
  app.post("/v1/modules/:name/keep", async (context) => {
    return context.json(await modules.keep(context.req.param("name")));
  });
  app.post("/v1/modules/:name/reset", async (context) => {
    return context.json(await modules.reset(context.req.param("name")));
  });
}
