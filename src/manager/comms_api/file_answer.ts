/**
 * A file as the answer to who downloads it: whole, from where a download was cut, or not at all.
 *
 * @module
 */

import { errorResponse } from "../http/api_error.ts";
import { type ByteRange, requestedRange } from "../http/byte_range.ts";
import { namesTag } from "../http/entity_tag.ts";
import type { DownloadSlot } from "../releases/download_slots.ts";
import type { SharedFile } from "../releases/open_files.ts";

/** Bytes that one download has in memory at a time. */
const PIECE_BYTES = 16_384;

/** What stands above the bytes of an answer, and which they are. */
interface Head {
  status: number;
  headers: Record<string, string>;
  part: { start: number; end: number };
}

/**
 * Answers with a file, which is disposed of when the answer is over, whoever ends it.
 *
 * @param take called when bytes are to follow; what it throws is thrown
 */
export function fileAnswer(
  request: Request,
  file: SharedFile,
  take: () => DownloadSlot,
): Response {
  using open = new DisposableStack();
  open.use(file);
  const found = headOf(request.headers, file);
  if (found instanceof Response) return found;
  const { part, ...head } = found;
  if (request.method === "HEAD") return new Response(null, head);
  const slot = open.use(take());
  return new Response(pieces(file, slot, { ...part, parts: open.move() }), head);
}

/** An answer where no bytes of the file follow. */
function headOf(asked: Headers, { size, sha256 }: SharedFile): Head | Response {
  const etag = `"${sha256}"`;
  const headers = { "ETag": etag, "Accept-Ranges": "bytes" };
  if (namesTag(asked.get("If-None-Match") ?? undefined, etag)) {
    return new Response(null, { status: 304, headers });
  }
  const range = requestedRange(asked, { size, etag });
  if (range.kind === "unsatisfiable") {
    const answer = errorResponse(416, `The file has ${size} bytes, and none from there on`);
    for (const [name, value] of Object.entries(headers)) answer.headers.set(name, value);
    answer.headers.set("Content-Range", `bytes */${size}`);
    return answer;
  }
  return {
    status: range.kind === "part" ? 206 : 200,
    headers: { ...headers, ...bodyHeaders(range, size) },
    part: range,
  };
}

function bodyHeaders(
  { kind, start, end }: Exclude<ByteRange, { kind: "unsatisfiable" }>,
  size: number,
): Record<string, string> {
  return {
    "Content-Type": "application/octet-stream",
    "Content-Length": String(end - start),
    ...(kind === "part" && { "Content-Range": `bytes ${start}-${end - 1}/${size}` }),
  };
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
