/**
 * Releases at the server: `GET /api/v1/upgrade` for the newest manifest, `GET /api/v1/download` for the files that it names. Where
 * the server does not know these, both are files like those of groups: `agent-upgrade-<platform>.json`, and what that names.
 *
 * @module
 */

import { AnySignal } from "../../shared/any_signal.ts";
import type { Clock } from "../../shared/clock.ts";
import { platformName } from "../../shared/releases/platform.ts";
import { MAX_MANIFEST_BYTES } from "../../shared/releases/manifest.ts";
import { isAbsence, isUnknownPath, read } from "./answers/answer_outcomes.ts";
import type { Endpoint } from "./comms_client.ts";
import type { Exchange } from "./connection/server_connection.ts";

/** What came of asking for the newest manifest. */
type ManifestOutcome =
  | { kind: "manifest"; text: string }
  | { kind: "none" }
  | { kind: "retry"; reason: string; afterMs?: number }
  | { kind: "give_up"; reason: string };

/** A part of a file that is asked for. */
interface PartRequest {
  name: string;
  /** The file's hash: another file under this name is sent whole. */
  sha256: string;
  /** From which byte on. */
  offset: number;
  signal: AbortSignal;
}

/** Where the part goes. */
interface PartSink {
  start(offset: number): void;
  write(bytes: Uint8Array): Promise<void>;
}

/** What came of a part. */
type PartOutcome =
  | { kind: "done" }
  | { kind: "retry"; reason: string; afterMs?: number }
  | { kind: "give_up"; reason: string };

/** What a {@linkcode ReleaseClient} is built with. */
interface ReleaseClientOptions {
  client: { exchange(endpoint: Endpoint, signal: AbortSignal): Promise<Exchange> };
  /** Of this agent. */
  version: string;
  /** Time limit of a request, and how long a download may stand still, in milliseconds. */
  requestTimeoutMs: number;
  clock: Clock;
}

const API = "/api/v1";
/** Whatever a slow line takes for what is left: a download that stands still is ended much earlier. */
const LONGEST_DOWNLOAD_MS = 24 * 3_600_000;
const RANGE_NOT_SATISFIABLE = 416;
const PARTIAL_CONTENT = 206;
const CONTENT_RANGE = /^bytes (\d+)-/;
const SIZE = /^bytes \*\/(\d+)$/;

/** Gets releases from the server. */
export class ReleaseClient {
  readonly #options: ReleaseClientOptions;
  /** Whether the server has releases as files only. */
  #hasFilesOnly = false;

  constructor(options: ReleaseClientOptions) {
    this.#options = options;
  }

  /** The manifest of `wanted`, or the newest for this agent. Throws only the signal's reason. */
  async manifest(wanted: string | undefined, signal: AbortSignal): Promise<ManifestOutcome> {
    const { version } = this.#options;
    const query = new URLSearchParams({
      platform: platformName(),
      version,
      ...(wanted !== undefined && { wanted }),
    });
    const exchange = await this.#get(`${API}/upgrade?${query}`, signal);
    if (!isUnknownPath(exchange)) return manifestIn(exchange);
    const file = await this.#get(filePath(`agent-upgrade-${platformName()}.json`), signal);
    if (isAbsence(file) || isUnknownPath(file)) return { kind: "none" };
    this.#hasFilesOnly = true;
    return manifestIn(file);
  }

  /**
   * Hands over a file from an offset on, as far as the connection brings it.
   *
   * @throws what the sink throws, and the signal's reason
   */
  async read(request: PartRequest, sink: PartSink): Promise<PartOutcome> {
    const { clock, requestTimeoutMs } = this.#options;
    const still = new AbortController();
    using either = new AnySignal(request.signal, still.signal);
    let lastMs = clock.monotonic();
    const over = new AbortController();
    const watching = this.#untilStill(() => clock.monotonic() - lastMs, over.signal)
      .then(() => still.abort(), () => {});
    try {
      const exchange = await this.#part(request, {
        signal: either.signal,
        sink: {
          start: (offset) => sink.start(offset),
          async write(bytes) {
            lastMs = Infinity;
            await sink.write(bytes);
            lastMs = clock.monotonic();
          },
        },
      });
      return partIn(exchange, request, sink);
    } catch (error) {
      if (request.signal.aborted || !still.signal.aborted) throw error;
      return { kind: "retry", reason: `nothing came for ${requestTimeoutMs / 1_000} s` };
    } finally {
      over.abort();
      await watching;
    }
  }

  async #untilStill(idleMs: () => number, signal: AbortSignal): Promise<void> {
    const { clock, requestTimeoutMs } = this.#options;
    while (idleMs() < requestTimeoutMs) {
      await clock.sleep(Math.max(1, requestTimeoutMs - Math.max(0, idleMs())), signal);
    }
  }

  async #part(
    { name, sha256, offset }: PartRequest,
    { signal, sink }: { signal: AbortSignal; sink: PartSink },
  ): Promise<Exchange> {
    const path = this.#hasFilesOnly
      ? filePath(name)
      : `${API}/download?name=${encodeURIComponent(name)}`;
    return await this.#options.client.exchange({
      method: "GET",
      path,
      headers: {
        accept: "application/octet-stream",
        ...(offset > 0 && { range: `bytes=${offset}-`, "if-range": `"${sha256}"` }),
      },
      timeoutMs: LONGEST_DOWNLOAD_MS,
      maxBytes: 65_536,
      onBody({ status, headers }) {
        const from = status === PARTIAL_CONTENT ? beginOf(headers) : 0;
        // Another part than was asked for is no part at all.
        if (from !== 0 && from !== offset) return undefined;
        sink.start(from);
        return (bytes) => sink.write(bytes);
      },
    }, signal);
  }

  #get(path: string, signal: AbortSignal): Promise<Exchange> {
    return this.#options.client.exchange({
      method: "GET",
      path,
      headers: { accept: "application/json, application/octet-stream" },
      timeoutMs: this.#options.requestTimeoutMs,
      maxBytes: MAX_MANIFEST_BYTES,
    }, signal);
  }
}

function filePath(name: string): string {
  return `${API}/files?file_name=${encodeURIComponent(name)}`;
}

function beginOf(headers: Headers): number {
  return Number(CONTENT_RANGE.exec(headers.get("content-range") ?? "")?.[1] ?? NaN);
}

/** The size of the file that a 416 tells; one that tells none has nothing behind the offset. */
function sizeIn(headers: Headers): number {
  return Number(SIZE.exec(headers.get("content-range") ?? "")?.[1] ?? Infinity);
}

function manifestIn(exchange: Exchange): ManifestOutcome {
  const received = read(exchange);
  if (received.kind !== "received") return received;
  const { bytes, status } = received.answer;
  if (status === 204 || bytes.length === 0) return { kind: "none" };
  return { kind: "manifest", text: new TextDecoder().decode(bytes) };
}

function partIn(exchange: Exchange, { offset }: PartRequest, sink: PartSink): PartOutcome {
  if (exchange.kind === "answer" && exchange.status === RANGE_NOT_SATISFIABLE && offset > 0) {
    if (sizeIn(exchange.headers) >= offset) return { kind: "done" };
    // What is here is longer than the file: it is of another one.
    sink.start(0);
    return { kind: "retry", reason: "the file is shorter than what came of it before" };
  }
  const received = read(exchange);
  if (received.kind === "received") return { kind: "done" };
  const { reason } = received;
  const isMissing = isAbsence(exchange) || isUnknownPath(exchange);
  if (received.kind === "give_up" || isMissing) return { kind: "give_up", reason };
  const { afterMs } = received;
  return { kind: "retry", reason, ...(afterMs !== undefined && { afterMs }) };
}
