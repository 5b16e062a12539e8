/**
 * Reading request bodies: of the right type, decompressed, in time, and never more in memory than the limits, whoever sends them.
 *
 * - One body has a limit, before and after decompressing. What is small on the wire may not become more than
 *   {@linkcode MAX_RATIO} times as much, beyond {@linkcode FREE_BYTES}: logs shrink to a twentieth, bombs to a thousandth.
 * - All bodies together have a limit, for what arrives and for what is decompressed.
 * - A body that has not arrived within its time is given up, and its connection closed.
 *
 * @module
 */

import { isUtf8 } from "node:buffer";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import type { Clock } from "../../shared/clock.ts";
import { ApiError } from "./api_error.ts";
import { MemoryBudget } from "./memory_budget.ts";
import { unzstd } from "./zstd.ts";

const CONTENT_TYPES: ReadonlySet<string> = new Set(["application/json", "application/x-ndjson"]);
const FORM_TYPES: ReadonlySet<string> = new Set(["application/x-www-form-urlencoded"]);

/** What a request without a body brings. */
const NOTHING = Promise.resolve({ value: undefined, done: true } as const);

/** Why a wait ends when the body has come: without a reason each would make an exception with its stack. */
const OVER = "the body has come";

const MAX_RATIO = 200;
const FREE_BYTES = 1_048_576;
/** Who cannot show a token yet has nothing to say that is longer. */
const MAX_BYTES_WITHOUT_TOKEN = 4_096;

/** Decompresses, or throws: RangeError when the result is longer than `maxBytes`. */
type Decompress = (bytes: Uint8Array, maxBytes: number) => Promise<Uint8Array>;

const DECOMPRESS: ReadonlyMap<string, Decompress> = new Map<string, Decompress>([
  ["gzip", (bytes, maxBytes) => promisify(gunzip)(bytes, { maxOutputLength: maxBytes })],
  ["zstd", unzstd],
]);

/** What a {@linkcode BodyReader} is built with. */
interface BodyReaderOptions {
  clock: Clock;
  /** Limit for one body in bytes, before and after decompressing. */
  maxBodyBytes: number;
  /** Limit for all bodies that arrive, and again for all that are decompressed, in bytes. */
  maxBodyMemoryBytes: number;
  /** Within how many milliseconds a body has to arrive. */
  bodyTimeoutMs: number;
}

/** A body of text. */
export interface Body {
  text: string;
  /** The text as UTF-8. */
  bytes: Uint8Array;
}

/** Reads the bodies of one manager. */
export class BodyReader {
  readonly #clock: Clock;
  readonly #maxBytes: number;
  readonly #timeoutMs: number;
  readonly #arriving: MemoryBudget;
  readonly #decompressed: MemoryBudget;

  constructor({ clock, maxBodyBytes, maxBodyMemoryBytes, bodyTimeoutMs }: BodyReaderOptions) {
    this.#clock = clock;
    this.#maxBytes = maxBodyBytes;
    this.#timeoutMs = bodyTimeoutMs;
    // One body of the largest size always has room.
    const budget = Math.max(maxBodyMemoryBytes, maxBodyBytes);
    this.#arriving = new MemoryBudget(budget);
    this.#decompressed = new MemoryBudget(budget);
  }

  /**
   * A request's body, decompressed, as text and as the bytes of it.
   *
   * @throws ApiError 415 for another content type or encoding, 413 above the limit (before and after
   * decompressing), 400 when it breaks off, is not compressed as it says, or is not UTF-8, 408 when it does not arrive in time, 503
   * when too many arrive at once
   */
  async read(request: Request): Promise<Body> {
    return await this.#read(request, this.#maxBytes);
  }

  /** As {@linkcode BodyReader.read}, the text alone. @throws the same */
  async text(request: Request): Promise<string> {
    return (await this.read(request)).text;
  }

  /**
   * The JSON value of a request's body.
   *
   * @throws ApiError as {@linkcode BodyReader.text}, and 400 when it is not JSON
   */
  async json(request: Request): Promise<unknown> {
    return parseJson(await this.text(request));
  }

  /** As {@linkcode BodyReader.json}, for a request of anybody: 4 KiB at most. */
  async jsonOfAnybody(request: Request): Promise<unknown> {
    const maxBytes = Math.min(this.#maxBytes, MAX_BYTES_WITHOUT_TOKEN);
    return parseJson((await this.#read(request, maxBytes)).text);
  }

  /**
   * The fields of a form that anybody may send: 4 KiB at most.
   *
   * @throws ApiError as {@linkcode BodyReader.bytes}, and 415 for another content type
   */
  async formOfAnybody(request: Request): Promise<URLSearchParams> {
    checkType(request.headers.get("content-type"), FORM_TYPES);
    const maxBytes = Math.min(this.#maxBytes, MAX_BYTES_WITHOUT_TOKEN);
    return new URLSearchParams(decode(await this.#bytes(request, maxBytes)));
  }

  /**
   * The bytes of a request's body, of whatever type.
   *
   * @throws ApiError 413 above the limit, 400 when it breaks off, 408 when it does not arrive in time, 503 when too many arrive at
   * once
   */
  async bytes(request: Request): Promise<Uint8Array> {
    return await this.#bytes(request, this.#maxBytes);
  }

  /**
   * The bytes of a request's body as they come, however many: whoever takes them bounds them. Each has to come within the time
   * that a whole body has otherwise.
   *
   * @throws ApiError 400 when it breaks off, 408 when nothing comes in time
   */
  async *chunks(request: Request): AsyncGenerator<Uint8Array, void> {
    const reader = request.body?.getReader();
    try {
      for (;;) {
        const { value } = await this.#inTime<{ value?: Uint8Array | undefined }>(
          reader?.read() ?? NOTHING,
        );
        if (value === undefined) return;
        yield value;
      }
    } catch (error) {
      giveUp(reader, error);
      throw error;
    } finally {
      // What is left may be read away, so that the client hears the answer.
      reader?.releaseLock();
    }
  }

  async #inTime<T>(work: Promise<T>): Promise<T> {
    const inTime = new AbortController();
    const late = this.#clock.sleep(this.#timeoutMs, inTime.signal).then(() => {
      throw new ApiError(408, "The body did not arrive in time", { closes: true });
    });
    late.catch(() => {});
    try {
      return await Promise.race([work, late]);
    } catch (error) {
      if (error instanceof ApiError) throw error;
      throw new ApiError(400, "Body breaks off");
    } finally {
      inTime.abort(OVER);
    }
  }

  async #read(request: Request, maxBytes: number): Promise<Body> {
    checkType(request.headers.get("content-type"));
    const encoding = encodingOf(request.headers.get("content-encoding"));
    const bytes = await this.#bytes(request, maxBytes);
    if (encoding === "identity") return { text: decode(bytes), bytes };
    const most = Math.min(maxBytes, Math.max(FREE_BYTES, bytes.length * MAX_RATIO));
    return await this.#decompressed.with(most, () => decompressed(bytes, encoding, most));
  }

  async #bytes(request: Request, maxBytes: number): Promise<Uint8Array> {
    const declared = request.headers.get("content-length");
    if (declared !== null && Number(declared) > maxBytes) throw tooLarge(maxBytes);
    const inTime = new AbortController();
    const late = this.#clock.sleep(this.#timeoutMs, inTime.signal).then(() => {
      throw new ApiError(408, "The body did not arrive in time", { closes: true });
    });
    late.catch(() => {});
    try {
      // A declared length is enforced by the server, so the fast way is safe.
      const whole = declared === null
        ? this.#readChunks(request.body, maxBytes, late)
        : this.#readDeclared(request, Number(declared), late);
      return await whole;
    } catch (error) {
      if (error instanceof ApiError) throw error;
      throw new ApiError(400, "Body breaks off");
    } finally {
      inTime.abort(OVER);
    }
  }

  async #readDeclared(request: Request, declared: number, late: Promise<never>) {
    this.#arriving.take(declared);
    try {
      return new Uint8Array(await Promise.race([request.arrayBuffer(), late]));
    } finally {
      this.#arriving.release(declared);
    }
  }

  async #readChunks(
    body: ReadableStream<Uint8Array> | null,
    maxBytes: number,
    late: Promise<never>,
  ): Promise<Uint8Array> {
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    const reader = body?.getReader();
    try {
      for (;;) {
        const { value } = await Promise.race([reader?.read() ?? { value: undefined }, late]);
        if (value === undefined) return await joined(chunks);
        if (bytes + value.byteLength > maxBytes) throw tooLarge(maxBytes);
        this.#arriving.take(value.byteLength);
        bytes += value.byteLength;
        chunks.push(value);
      }
    } catch (error) {
      giveUp(reader, error);
      throw error;
    } finally {
      this.#arriving.release(bytes);
      reader?.releaseLock();
    }
  }
}

/** Nobody waits any longer for a body that is late. */
function giveUp(reader: ReadableStreamDefaultReader | undefined, error: unknown): void {
  if (error instanceof ApiError && error.status === 408) reader?.cancel().catch(() => {});
}

function checkType(header: string | null, types = CONTENT_TYPES): void {
  const type = header?.split(";")[0]?.trim().toLowerCase() ?? "";
  if (!types.has(type)) throw new ApiError(415, `Unsupported content type "${type}"`);
}

function encodingOf(header: string | null): string {
  const encoding = header?.trim().toLowerCase() ?? "identity";
  if (encoding === "identity" || DECOMPRESS.has(encoding)) return encoding;
  throw new ApiError(415, `Unsupported content encoding "${encoding}"`);
}

async function decompressed(bytes: Uint8Array, encoding: string, most: number): Promise<Body> {
  const decompress = DECOMPRESS.get(encoding);
  try {
    const plain = await decompress?.(bytes, most) ?? bytes;
    return { text: decode(plain), bytes: plain };
  } catch (error) {
    if (error instanceof ApiError) throw error;
    if (error instanceof RangeError) throw tooLarge(most);
    throw new ApiError(400, `Body is not valid ${encoding}`);
  }
}

async function joined(chunks: Uint8Array[]): Promise<Uint8Array> {
  return new Uint8Array(await new Blob(chunks as BlobPart[]).arrayBuffer());
}

function decode(bytes: Uint8Array): string {
  // Asking first takes a third of the time of a decoder that is to throw.
  if (!isUtf8(bytes)) throw new ApiError(400, "Body is not valid UTF-8");
  return new TextDecoder().decode(bytes);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiError(400, "Body is not valid JSON");
  }
}

function tooLarge(maxBytes: number): ApiError {
  return new ApiError(413, `Body is larger than ${maxBytes} bytes`);
}
