/**
 * What is in a backup: a folder with a file for each stream, as its leader gave it, and one that says what they are.
 *
 *     backup.json       {"sha256":"of the text of what follows","backup":{…}}, written last
 *     <STREAM>.snapshot one for each stream
 *
 * @module
 */

import { createHash } from "node:crypto";
import { join } from "node:path";
import * as z from "zod";
import { AgentError, messageOf } from "../../../shared/errors.ts";

const FILE = "backup.json";
/** Of this file. A newer one is refused. */
export const FORMAT = 1;

const STREAM = z.object({
  /** Name without the cluster's. */
  what: z.string().regex(/^(KV_|OBJ_)?[A-Z]+(_\d+)?$/),
  /** When it was taken. */
  at: z.string(),
  bytes: z.int(),
  sha256: z.string(),
  config: z.looseObject({ name: z.string() }),
  state: z.looseObject({ messages: z.int() }),
});
const MANIFEST = z.object({
  format: z.int(),
  cluster: z.string(),
  made_at: z.string(),
  manager_version: z.string(),
  server_version: z.string(),
  /** Encrypted with the cluster's secret: tells whether another one is at hand. */
  probe: z.string(),
  streams: z.array(STREAM).min(1),
});

/** A stream of a backup. */
export type BackupStream = z.infer<typeof STREAM>;

/** What a backup says of itself. */
export type Manifest = z.infer<typeof MANIFEST>;

/** What the probe of a backup is encrypted for. */
export const PROBE = "backup";

/** Where a stream's snapshot is. */
export function snapshotPath(folder: string, { what }: Pick<BackupStream, "what">): string {
  return join(folder, `${what}.snapshot`);
}

/** Tells a backup from any other. */
export function identityOf(manifest: Manifest): string {
  return digestOf(JSON.stringify(manifest));
}

/** Writes it down: with it a backup is whole. */
export async function writeManifest(folder: string, manifest: Manifest): Promise<void> {
  const text = JSON.stringify({ sha256: identityOf(manifest), backup: manifest }, null, 1);
  await Deno.writeTextFile(join(folder, FILE), `${text}\n`, { mode: 0o600, createNew: true });
}

/**
 * Reads a backup and compares every byte of it with what was written down.
 *
 * @throws AgentError when it is none, is not whole, or is damaged
 */
export async function readBackup(folder: string): Promise<Manifest> {
  const manifest = await readManifest(folder);
  for (const stream of manifest.streams) await checkSnapshot(folder, stream);
  return manifest;
}

async function readManifest(folder: string): Promise<Manifest> {
  const text = await Deno.readTextFile(join(folder, FILE)).catch((error) => {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      throw unusable(folder, `has no ${FILE}: it is no backup, or was not made to its end`);
    }
    throw unusable(folder, `cannot be read: ${messageOf(error)}`);
  });
  const { sha256, backup } = parsed(text);
  if (backup === undefined || sha256 !== digestOf(JSON.stringify(backup))) {
    throw unusable(folder, `is damaged: ${FILE} is not what was written`);
  }
  const { format } = z.object({ format: z.int() }).catch({ format: 0 }).parse(backup);
  if (format > FORMAT) {
    throw unusable(
      folder,
      `has format ${format}, this program knows ${FORMAT}: take the newer one`,
    );
  }
  const manifest = MANIFEST.safeParse(backup).data;
  if (manifest === undefined) throw unusable(folder, `is damaged: ${FILE} lacks something`);
  return manifest;
}

async function checkSnapshot(folder: string, stream: BackupStream): Promise<void> {
  const path = snapshotPath(folder, stream);
  const hash = createHash("sha256");
  let bytes = 0;
  try {
    for await (const piece of piecesOf(path)) {
      hash.update(piece);
      bytes += piece.length;
    }
  } catch (error) {
    throw unusable(folder, `lacks ${stream.what}.snapshot: ${messageOf(error)}`);
  }
  if (bytes === stream.bytes && hash.digest("hex") === stream.sha256) return;
  const why = bytes === stream.bytes ? "its bytes differ" : `${bytes} bytes for ${stream.bytes}`;
  throw unusable(folder, `is damaged: ${stream.what}.snapshot is not what was written (${why})`);
}

/** The content of a file, in pieces that fit into messages. */
export async function* piecesOf(path: string): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  using file = await Deno.open(path, { read: true });
  for (;;) {
    const buffer = new Uint8Array(128 * 1_024);
    const length = await file.read(buffer);
    if (length === null) return;
    yield buffer.subarray(0, length);
  }
}

function parsed(text: string): { sha256?: unknown; backup?: unknown } {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}

function digestOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function unusable(folder: string, why: string): AgentError {
  return new AgentError("failed", `Backup "${folder}" ${why}`, {
    hint: "take another backup; nothing was changed on the cluster",
  });
}
