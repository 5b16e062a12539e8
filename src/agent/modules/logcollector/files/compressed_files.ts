/**
 * Reads what was not read of a file that was compressed while nobody followed it.
 *
 * The compressed file is unpacked into a temporary file without a name, as far as it is needed to
 * know it again and to go on: its beginning, what stands before the position, and the rest. So it is
 * followed like any file that was deleted.
 *
 * @module
 */

import { basename, extname } from "node:path";
import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import type { FileCheckpoint } from "./checkpoint.ts";
import { carries, FINGERPRINT_BYTES } from "./file_identity.ts";
import { isCompressed, type Sibling, siblingsOf } from "../rotation/generations.ts";
import { OpenFile } from "./open_file.ts";
import { MARK_BYTES } from "./trace.ts";

const READ_BYTES = 64 * 1024;

/** Compressed files beside a log that may be what became of it. */
export function compressedBeside({ real }: Pick<FileCheckpoint, "real">): Sibling[] {
  const name = basename(real);
  const stem = name.slice(0, name.length - extname(name).length);
  return siblingsOf(real)
    .filter(({ path }) => isCompressed(path) && basename(path).startsWith(stem));
}

/**
 * Unpacks what `packed` holds from the checkpoint's position on; `undefined` when it begins as
 * another file. Whether it is the file the checkpoint tells. Of a file that holds more than `maxBytes`
 * behind that, the rest is left out: a small file may stand for any number of bytes.
 *
 * @throws an error of the system, of a damaged file, or the signal's reason
 */
export async function unpack(
  packed: OpenFile,
  { offset, fingerprint }: Pick<FileCheckpoint, "offset" | "fingerprint">,
  { maxBytes, signal }: { maxBytes: number; signal: AbortSignal },
): Promise<{ file: OpenFile; isCut: boolean } | undefined> {
  const path = Deno.makeTempFileSync({ prefix: "agent-", suffix: ".log" });
  try {
    using target = Deno.openSync(path, { write: true });
    let position = 0;
    let isCut = false;
    for await (const chunk of Readable.from(chunksOf(packed)).pipe(createGunzip())) {
      signal.throwIfAborted();
      if (position === 0 && chunk.length >= fingerprint.length && !carries(chunk, fingerprint)) {
        return undefined;
      }
      const from = Math.max(position, offset - MARK_BYTES);
      if (position < FINGERPRINT_BYTES) write(target, position, chunk);
      else if (from < position + chunk.length) write(target, from, chunk.subarray(from - position));
      position += chunk.length;
      isCut = position > offset + maxBytes;
      if (isCut) break;
    }
    return { file: new OpenFile(path), isCut };
  } finally {
    Deno.removeSync(path);
  }
}

function write(file: Deno.FsFile, position: number, bytes: Uint8Array): void {
  file.seekSync(position, Deno.SeekMode.Start);
  for (let done = 0; done < bytes.length;) done += file.writeSync(bytes.subarray(done));
}

function* chunksOf(file: OpenFile): Generator<Uint8Array> {
  for (let position = 0;;) {
    const chunk = file.readAt(position, new Uint8Array(READ_BYTES));
    if (chunk.length === 0) return;
    position += chunk.length;
    yield chunk;
  }
}
