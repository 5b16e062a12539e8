/**
 * A release in files of this machine: a manifest, and beside it what that names.
 *
 * @module
 */

import { dirname, join } from "node:path";
import { messageOf } from "../../shared/errors.ts";
import { MAX_MANIFEST_BYTES } from "../../shared/releases/manifest.ts";
import type { PartOutcome, PartSink } from "./download.ts";
import { UpgradeRefusal } from "./refusal.ts";
import type { ReleaseSource } from "./upgrade_wish.ts";

const READ_BYTES = 1_048_576;

/** The release whose manifest is the file at `path`. */
export function releaseInFiles(path: string): ReleaseSource {
  return {
    manifest: () => Promise.resolve(readManifest(path)),
    read: ({ name, offset, signal }, sink) =>
      handOver(join(dirname(path), name), { offset, signal, sink }),
  };
}

function readManifest(path: string): string {
  try {
    const { size } = Deno.statSync(path);
    if (size <= MAX_MANIFEST_BYTES + 1) return Deno.readTextFileSync(path);
  } catch (error) {
    const why = messageOf(error);
    throw new UpgradeRefusal("download_failed", `cannot read "${path}": ${why}`, { cause: error });
  }
  throw new UpgradeRefusal("too_large", `"${path}" is too large for a manifest`, {
    hint: "give the manifest, such as agent-1.4.0.json; the files that it names lie beside it",
  });
}

async function handOver(
  path: string,
  { offset, signal, sink }: { offset: number; signal: AbortSignal; sink: PartSink },
): Promise<PartOutcome> {
  let file: Deno.FsFile;
  try {
    file = await Deno.open(path);
  } catch (error) {
    return { kind: "give_up", reason: messageOf(error) };
  }
  using _closed = file;
  await file.seek(offset, Deno.SeekMode.Start);
  sink.start(offset);
  for (;;) {
    signal.throwIfAborted();
    const buffer = new Uint8Array(READ_BYTES);
    const read = await file.read(buffer);
    if (read === null) return { kind: "done" };
    await sink.write(buffer.subarray(0, read));
  }
}
