/**
 * Releases for agents: which there is, and the files that it names.
 *
 * @module
 */

import type { Hono } from "hono";
import * as z from "zod";
import semver from "../../shared/releases/semver.ts";
import { ApiError } from "../http/api_error.ts";
import { requestedRange } from "../http/byte_range.ts";
import { namesTag } from "../http/entity_tag.ts";
import { ROUTES } from "../http/routes.ts";
import type { DownloadSlot, NoSlot } from "../releases/download_slots.ts";
import type { SharedFile } from "../releases/open_files.ts";
import type { Releases } from "../releases/releases.ts";
import { requireAgent } from "./authentication.ts";
import type { CommsDeps, CommsEnv } from "./deps.ts";

const VERSION = z.string().max(100).refine((text) => semver.valid(text) !== null);

/** Bytes that one download has in memory at a time. */
const PIECE_BYTES = 16_384;

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
    const found = releases?.folder.find(name);
    if (releases === undefined || found === undefined) throw notThere(name);
    return await releases.files.open(found).then(
      (file) => answer(c.req.raw, file, () => takeSlot(releases, c.get("agentId"))),
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

/** Disposes of `file` when the answer is over, whoever ends it. */
function answer(request: Request, file: SharedFile, take: () => DownloadSlot): Response {
  using open = new DisposableStack();
  open.use(file);
  const etag = `"${file.sha256}"`;
  const headers = { ETag: etag, "Accept-Ranges": "bytes" };
  if (namesTag(request.headers.get("If-None-Match") ?? undefined, etag)) {
    return new Response(null, { status: 304, headers });
  }
  const range = requestedRange(request.headers, { size: file.size, etag });
  if (range.kind === "unsatisfiable") {
    return new Response(null, {
      status: 416,
      headers: { ...headers, "Content-Range": `bytes */${file.size}` },
    });
  }
  const { start, end } = range;
  const init = {
    status: range.kind === "part" ? 206 : 200,
    headers: {
      ...headers,
      "Content-Type": "application/octet-stream",
      "Content-Length": String(end - start),
      ...(range.kind === "part" && { "Content-Range": `bytes ${start}-${end - 1}/${file.size}` }),
    },
  };
  if (request.method === "HEAD") return new Response(null, init);
  const slot = open.use(take());
  return new Response(pieces(file, slot, { start, end, parts: open.move() }), init);
}

/** Read as the client takes it, so that a slow one costs one piece of memory. */
function pieces(
  file: SharedFile,
  slot: DownloadSlot,
  { start, end, parts }: { start: number; end: number; parts: DisposableStack },
): ReadableStream<Uint8Array> {
  let position = start;
  const finish = () => parts.dispose();
  const next = () => {
    const bytes = readPiece(file, position, Math.min(PIECE_BYTES, end - position));
    position += bytes instanceof Error ? 0 : bytes.length;
    if (bytes instanceof Error || position === end) finish();
    return bytes;
  };
  return new ReadableStream<Uint8Array>({
    start(controller) {
      slot.signal.addEventListener("abort", () => {
        controller.error(new Error("The download stood still"));
        finish();
      }, { once: true });
    },
    pull(controller) {
      if (slot.signal.aborted) return;
      slot.moved();
      const bytes = next();
      if (bytes instanceof Error) return controller.error(bytes);
      controller.enqueue(bytes);
      if (position === end) controller.close();
    },
    cancel: finish,
  }, { highWaterMark: 0 });
}

function readPiece(file: SharedFile, position: number, length: number) {
  try {
    const bytes = file.read(position, length);
    // Without an error the client would wait for the rest.
    return bytes.length === 0 ? new Error("The file is shorter than it was") : bytes;
  } catch (error) {
    return new Error("The file cannot be read", { cause: error });
  }
}
