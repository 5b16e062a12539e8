/**
 * Releases for agents: which there is, and the files that it names.
 *
 * @module
 */

import type { Hono } from "hono";
import * as z from "zod";
import semver from "../../shared/releases/semver.ts";
import { ApiError } from "../http/api_error.ts";
import { ROUTES } from "../http/routes.ts";
import type { DownloadSlot, NoSlot } from "../releases/download_slots.ts";
import type { Releases } from "../releases/releases.ts";
import { requireAgent } from "./authentication.ts";
import type { CommsDeps, CommsEnv } from "./deps.ts";
import { fileAnswer } from "./file_answer.ts";

const VERSION = z.string().max(100).refine((text) => semver.valid(text) !== null);

/** Adds the routes. */
export function addReleases(app: Hono<CommsEnv>, deps: CommsDeps): void {
  app.get(ROUTES.upgrade.path, requireAgent(deps), (c) => {
    const question = parseQuestion(c.req.queries());
    const release = deps.releases?.manifests.releaseFor(question, deps.clock.now());
    if (release === undefined) return new Response(null, { status: 204 });
    return new Response(release.text, { headers: { "Content-Type": "application/json" } });
  });

  app.get(ROUTES.download.path, requireAgent(deps), async (c) => {
    const name = parameter(c.req.queries(), "name") ?? "";
    const { releases } = deps;
    const found = await releases?.kept.find(name);
    if (releases === undefined || found === undefined) throw notThere(name);
    return await releases.files.open(found).then(
      (file) => fileAnswer(c.req.raw, file, () => takeSlot(releases, c.get("agentId"))),
      (error) => {
        if (error instanceof Deno.errors.NotFound) throw notThere(name);
        throw error;
      },
    );
  });
}

function notThere(name: string): ApiError {
  return new ApiError(404, `No file ${JSON.stringify(name.slice(0, 200))}`);
}

function parseQuestion(query: Record<string, string[]>) {
  const platform = parameter(query, "platform");
  const [version, wanted] = [parameter(query, "version"), parameter(query, "wanted")];
  if (platform === undefined) throw new ApiError(400, "platform is needed, such as linux-x86_64");
  for (const [name, text] of Object.entries({ version, wanted })) {
    if (text === undefined && name === "wanted") continue;
    if (VERSION.safeParse(text).success) continue;
    throw new ApiError(400, `${name} is not a version such as 1.4.0`);
  }
  return { platform, version: version ?? "", wanted };
}

/** What is given beside is passed over: agents of later versions may say more. */
function parameter(query: Record<string, string[]>, name: string): string | undefined {
  const [value, ...others] = query[name] ?? [];
  if (others.length === 0) return value;
  throw new ApiError(400, `${name} is given more than once`);
}

function takeSlot({ slots }: Releases, agentId: string): DownloadSlot {
  const slot = slots.take(agentId);
  if (!isRefused(slot)) return slot;
  const { ofAgent, retryAfterS } = slot;
  throw ofAgent
    ? new ApiError(429, "This agent downloads already", { retryAfterS })
    : new ApiError(503, "Too many agents download, come again later", { retryAfterS });
}

function isRefused(slot: DownloadSlot | NoSlot): slot is NoSlot {
  return "retryAfterS" in slot;
}
