/**
 * The modules' share of the local API.
 *
 * @module
 */

import type { Hono } from "hono";
import { MAX_TERM_MS } from "../../shared/protocol/local_api.ts";
import type { ModuleFile } from "../../shared/protocol/part_status.ts";
import * as z from "zod";
import type {
  ModuleCheckReport,
  ModuleDocuments,
  ModuleReset,
  ModuleRest,
  ModuleScan,
  ModuleTerm,
} from "../../shared/protocol/local_api.ts";
import { AgentError } from "../../shared/errors.ts";
import { describeIssues } from "../../shared/text.ts";

const TERM = z.strictObject({
  enabled: z.enum(["true", "false"]).transform((text) => text === "true"),
  for_ms: z.coerce.number().int().min(1).max(MAX_TERM_MS),
});

/** What is to be scanned, and whether somebody waits for its end. */
interface ScanWish {
  collector: string | undefined;
  wait: boolean;
}

/** What the routes need of the agent. */
export interface ModuleControl {
  /** Resolves when the scan is over, or has begun. */
  scan(name: string, signal: AbortSignal, wish: ScanWish): Promise<ModuleScan>;
  /** Enables or disables a module for a while. */
  switchFor(name: string, term: { enabled: boolean; forMs: number }): Promise<ModuleTerm>;
  /** Has a module rest. */
  pause(name: string): Promise<ModuleRest>;
  /** Has it go on. */
  resume(name: string): Promise<ModuleRest>;
  /** Has the documents of a module compared with those of the server soon. */
  resync(name: string): ModuleDocuments;
  /** Leaves the documents of a module at the server when it is disabled next. */
  keep(name: string): Promise<ModuleDocuments>;
  /** Forgets what the server said of a module. */
  reset(name: string): Promise<ModuleReset>;
  /** The files that modules follow. */
  files(): ModuleFile[];
  /** Makes one of a module's own checks. */
  check(name: string, id: string, signal: AbortSignal): Promise<ModuleCheckReport>;
}

/** Adds the routes. */
export function addModuleRoutes(app: Hono, modules: ModuleControl): void {
  app.get("/v1/files", (context) => context.json({ schema: 1, files: modules.files() }));
  app.get("/v1/modules/:name/checks/:id", async (context) => {
    const { name, id } = context.req.param();
    return context.json(await modules.check(name, id, context.req.raw.signal));
  });
  app.post("/v1/modules/:name/scan", async (context) => {
    const { signal } = context.req.raw;
    const { collector, wait } = context.req.query();
    const wish = { collector, wait: wait !== "false" };
    return context.json(await modules.scan(context.req.param("name"), signal, wish));
  });
  app.post("/v1/modules/:name/switch", async (context) => {
    const term = parseTerm(context.req.query());
    return context.json(await modules.switchFor(context.req.param("name"), term));
  });
  app.post("/v1/modules/:name/pause", async (context) => {
    return context.json(await modules.pause(context.req.param("name")));
  });
  app.post("/v1/modules/:name/resume", async (context) => {
    return context.json(await modules.resume(context.req.param("name")));
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

function parseTerm(query: Record<string, string>): { enabled: boolean; forMs: number } {
  const term = TERM.safeParse(query);
  if (term.success) return { enabled: term.data.enabled, forMs: term.data.for_ms };
  throw new AgentError("usage", `Cannot switch a module so: ${describeIssues(term.error)}`, {
    hint: "POST …/switch?enabled=false&for_ms=7200000",
  });
}
