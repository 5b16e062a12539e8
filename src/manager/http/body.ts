/**
 * Reading request bodies: of the right type, decompressed, and never more than the limit in memory.
 *
 * @module
 */

import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { ApiError } from "./api_error.ts";
import { unzstd } from "./zstd.ts";

const CONTENT_TYPES = new Set(["application/json", "application/x-ndjson"]);

/** Decompresses, or throws: RangeError when the result is longer than `maxBytes`. */
type Decompress = (bytes: Uint8Array, maxBytes: number) => Promise<Uint8Array>;

const DECOMPRESS: ReadonlyMap<string, Decompress> = new Map<string, Decompress>([
  ["identity", (bytes) => Promise.resolve(bytes)],
  ["gzip", (bytes, maxBytes) => promisify(gunzip)(bytes, { maxOutputLength: maxBytes })],
  ["zstd", unzstd],
]);

/**
 * The text of a request's body, decompressed.
 *
 * @throws ApiError 415 for another content type or encoding, 413 above `maxBytes` (before and after
 * decompressing), 400 when it breaks off, is not compressed as it says, or is not UTF-8
 */
export async function readBody(request: Request, maxBytes: number): Promise<string> {
  const type = request.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase() ?? "";
  if (!CONTENT_TYPES.has(type)) throw new ApiError(415, `Unsupported content type "${type}"`);
  const encoding = request.headers.get("content-encoding")?.trim().toLowerCase() ?? "identity";
  const decompress = DECOMPRESS.get(encoding);
  if (decompress === undefined) {
    throw new ApiError(415, `Unsupported content encoding "${encoding}"`);
  }
  const bytes = await readBytes(request, maxBytes);
  try {
    return decode(await decompress(bytes, maxBytes));
  } catch (error) {
    if (error instanceof ApiError) throw error;
    if (error instanceof RangeError) throw tooLarge(maxBytes);
    throw new ApiError(400, `Body is not valid ${encoding}`);
  }
}

/**
 * The JSON value of a request's body.
 *
 * @throws ApiError as {@linkcode readBody}, and 400 when it is not JSON
 */
export async function readJson(request: Request, maxBytes: number): Promise<unknown> {
  const text = await readBody(request, maxBytes);
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiError(400, "Body is not valid JSON");
  }
}

/**
 * The bytes of a request's body, of whatever type.
 *
 * @throws ApiError 413 above `maxBytes`, 400 when it breaks off
 */
export async function readBytes(request: Request, maxBytes: number): Promise<Uint8Array> {
  const declared = request.headers.get("content-length");
  if (declared !== null && Number(declared) > maxBytes) throw tooLarge(maxBytes);
  try {
    // A declared length is enforced by the server, so the fast way is safe.
    if (declared !== null) return new Uint8Array(await request.arrayBuffer());
    return await readChunks(request.body, maxBytes);
  } catch (error) {
    if (error instanceof ApiError) throw error;
    throw new ApiError(400, "Body breaks off");
  }
}

async function readChunks(
  body: ReadableStream<Uint8Array> | null,
  maxBytes: number,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk);
  }
  return new Uint8Array(await new Blob(chunks as BlobPart[]).arrayBuffer());
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new ApiError(400, "Body is not valid UTF-8");
  }
}

function tooLarge(maxBytes: number): ApiError {
  return new ApiError(413, `Body is larger than ${maxBytes} bytes`);
}
