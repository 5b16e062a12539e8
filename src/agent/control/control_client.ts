/**
 * Asks the running agent.
 *
 * @module
 */

import * as z from "zod";
import { AgentError } from "../../shared/errors.ts";
import { describeIssues } from "../../shared/text.ts";
import type { Stream } from "../../shared/protocol/wire.ts";
import { requireTrusted } from "../platform/trusted_path.ts";
import {
  EVENT_SPAN,
  FILES,
  LETTER_CHANGE,
  MODULE_CHECK,
  MODULE_DOCUMENTS,
  MODULE_RESET,
  MODULE_REST,
  MODULE_SCAN,
  MODULE_TERM,
  PURGE_REPORT,
  RELOAD_REPORT,
  REVERSALS,
  SPAN_REPORT,
  UPGRADE_REPLY,
} from "./answers.ts";
import { isForbidden, notAllowed, notRunning, tooSlow } from "./client_errors.ts";
import { statusIn } from "./status_answer.ts";
import { type Endpoint, PORT_FILE, runFolderOf } from "./endpoint.ts";
import { errorOfAnswer } from "./error_body.ts";
import type { StatusDocument } from "../../shared/protocol/status_document.ts";
import type {
  ModuleCheckReport,
  ModuleDocuments,
  ModuleReset,
  ModuleRest,
  ModuleScan,
  ModuleTerm,
  ReloadReport,
  SpanReport,
  UpgradeReply,
  UpgradeRequest,
} from "../../shared/protocol/local_api.ts";
import type {
  LetterChange,
  LetterOrder,
  LetterSelection,
  PurgeOrder,
  PurgeReport,
} from "../../shared/protocol/queue_inspection.ts";
import type { ResponseSelection, ReversalReport } from "../../shared/protocol/responses.ts";
import type { ModuleFile } from "../../shared/protocol/part_status.ts";
import type { EventSpan } from "../../shared/protocol/stored_events.ts";

/** Time limit of a request that does not wait for anything. */
const REQUEST_TIMEOUT_MS = 5_000;

/** Time limit of a request that stops and starts modules, or moves many events. */
const LONG_TIMEOUT_MS = 60_000;

/** Time limit of ending many responses, each of which may take a while. */
const REVERSALS_TIMEOUT_MS = 600_000;

/** How the agent is reached. */
interface Connection {
  base: string;
  headers?: Record<string, string>;
  client?: Deno.HttpClient;
  /** Where that is a socket. */
  socketPath?: string;
}

/**
 * A client of the local API. Every method throws {@linkcode AgentError}: `not_running` when no agent answers,
 * else what was thrown in the agent, or `failed` for an answer that is none.
 */
export class ControlClient implements Disposable {
  readonly #client: Deno.HttpClient | undefined;
  readonly #base: string;
  readonly #headers: Record<string, string>;

  readonly #socketPath: string | undefined;

  private constructor({ base, headers = {}, client, socketPath }: Connection) {
    this.#base = base;
    this.#headers = headers;
    this.#client = client;
    this.#socketPath = socketPath;
  }

  /**
   * A client for `endpoint`.
   *
   * @throws {AgentError} `not_running` when there is no such endpoint, `folder_unusable` when others may answer in its place
   */
  static to(endpoint: Endpoint): ControlClient {
    requireTrusted("run folder", runFolderOf(endpoint), { trustOwner: true });
    if (endpoint.kind === "socket") {
      const proxy = { transport: "unix" as const, path: endpoint.path };
      return new ControlClient({
        base: "http://agent",
        client: Deno.createHttpClient({ proxy }),
        socketPath: endpoint.path,
      });
    }
    try {
      const { port, token } = PORT_FILE.parse(JSON.parse(Deno.readTextFileSync(endpoint.file)));
      const headers = { Authorization: `Bearer ${token}` };
      return new ControlClient({ base: `http://127.0.0.1:${port}`, headers });
    } catch (error) {
      throw error instanceof Deno.errors.PermissionDenied ? notAllowed(error) : notRunning(error);
    }
  }

  /** The status document. */
  async status(): Promise<StatusDocument> {
    return await this.#ask({ parse: statusIn }, "/v1/status");
  }

  /** The files that modules follow, and those that they should and cannot. */
  async files(): Promise<{ schema: 1; files: ModuleFile[] }> {
    return await this.#ask(FILES, "/v1/files");
  }

  /**
   * Has the agent make a check of a module, with its power.
   *
   * @throws {AgentError} also `usage` when there is none of these names
   */
  async checkModule(name: string, id: string, signal: AbortSignal): Promise<ModuleCheckReport> {
    return await this.#ask(MODULE_CHECK, modulePath(name, `checks/${encodeURIComponent(id)}`), {
      signal,
    });
  }

  /**
   * Asks the agent to read its configuration again.
   *
   * @throws {AgentError} also `config_invalid`; then nothing has changed
   */
  async reload(): Promise<ReloadReport> {
    return await this.#ask(RELOAD_REPORT, "/v1/reload", {
      method: "POST",
      signal: AbortSignal.timeout(LONG_TIMEOUT_MS),
    });
  }

  /**
   * Has a module scan, or one of its collectors; resolves when that is over, or has begun.
   *
   * @throws {AgentError} also `usage` when there is no such module, `failed` when it cannot scan now
   */
  async scanModule(
    name: string,
    signal: AbortSignal,
    { collector, wait = true }: { collector?: string | undefined; wait?: boolean } = {},
  ): Promise<ModuleScan> {
    const query = new URLSearchParams({ wait: String(wait), ...(collector && { collector }) });
    return await this.#ask(MODULE_SCAN, `${modulePath(name, "scan")}?${query}`, {
      method: "POST",
      signal,
    });
  }

  /**
   * Enables or disables a module for `forMs` milliseconds.
   *
   * @throws {AgentError} also `usage` when there is no such module, `failed` when it cannot be; then nothing has changed
   */
  async switchModuleFor(name: string, enabled: boolean, forMs: number): Promise<ModuleTerm> {
    const signal = AbortSignal.timeout(LONG_TIMEOUT_MS);
    const query = new URLSearchParams({ enabled: String(enabled), for_ms: String(forMs) });
    return await this.#ask(MODULE_TERM, `${modulePath(name, "switch")}?${query}`, {
      method: "POST",
      signal,
    });
  }

  /**
   * Has a module rest, or go on.
   *
   * @throws {AgentError} also `usage` when there is no such module, `failed` when it is not to work anyway
   */
  async restModule(name: string, word: "pause" | "resume"): Promise<ModuleRest> {
    const signal = AbortSignal.timeout(LONG_TIMEOUT_MS);
    return await this.#ask(MODULE_REST, modulePath(name, word), { method: "POST", signal });
  }

  /**
   * Says something about the documents of a module at the server: compare them, or keep them when it is disabled next.
   *
   * @throws {AgentError} also `usage` when there is no such module, `failed` when it keeps no documents
   */
  async moduleDocuments(name: string, word: "resync" | "keep"): Promise<ModuleDocuments> {
    const signal = AbortSignal.timeout(LONG_TIMEOUT_MS);
    return await this.#ask(MODULE_DOCUMENTS, modulePath(name, word), { method: "POST", signal });
  }

  /**
   * Forgets what the server said of a module.
   *
   * @throws {AgentError} also `usage` when there is no such module, `config_invalid` when the rest cannot be read
   */
  async resetModule(name: string): Promise<ModuleReset> {
    const signal = AbortSignal.timeout(LONG_TIMEOUT_MS);
    return await this.#ask(MODULE_RESET, modulePath(name, "reset"), { method: "POST", signal });
  }

  /**
   * Has dead letters sent again, or given up.
   *
   * @throws {AgentError} also `failed` when one is not there or the queue has no room; then nothing has changed
   */
  async orderLetters(order: LetterOrder, selection: LetterSelection): Promise<LetterChange> {
    const signal = AbortSignal.timeout(LONG_TIMEOUT_MS);
    const body = JSON.stringify(selection);
    return await this.#ask(LETTER_CHANGE, `/v1/dead-letters/${order}`, {
      method: "POST",
      body,
      signal,
    });
  }

  /** Gives up old events that are in no batch. */
  async purge(order: PurgeOrder): Promise<PurgeReport> {
    const signal = AbortSignal.timeout(LONG_TIMEOUT_MS);
    return await this.#ask(PURGE_REPORT, "/v1/queue/purge", {
      method: "POST",
      body: JSON.stringify(order),
      signal,
    });
  }

  /** Has the agent replaced by another version; resolves when it makes room for that, or will not. */
  async upgrade(request: UpgradeRequest, signal: AbortSignal): Promise<UpgradeReply> {
    const body = JSON.stringify(request);
    return await this.#ask(UPGRADE_REPLY, "/v1/upgrade", { method: "POST", body, signal });
  }

  /** Has it replaced by a version that is there still, the one before if none is named. */
  async goBack(version: string | undefined, signal: AbortSignal): Promise<UpgradeReply> {
    const body = JSON.stringify({ version });
    const path = "/v1/upgrade/rollback";
    return await this.#ask(UPGRADE_REPLY, path, { method: "POST", body, signal });
  }

  /**
   * Ends responses by hand.
   *
   * @throws {AgentError} also `usage` for a key that is not known; then nothing has changed
   */
  async revertResponses(selection: ResponseSelection): Promise<ReversalReport[]> {
    const { responses } = await this.#ask(REVERSALS, "/v1/responses/revert", {
      method: "POST",
      body: JSON.stringify(selection),
      signal: AbortSignal.timeout(REVERSALS_TIMEOUT_MS),
    });
    return responses;
  }

  /** Puts encoded events in, whose acknowledgement is waited for; resolves once they are on disk. */
  async append(stream: Stream, lines: string, signal: AbortSignal): Promise<EventSpan> {
    const path = `/v1/events/${stream}?hasten=true`;
    return await this.#ask(EVENT_SPAN, path, { method: "POST", body: lines, signal });
  }

  /** Puts encoded events of an export back; the ledger notes which file they are from. */
  async importEvents(
    stream: Stream,
    lines: string,
    { from, signal }: { from: string; signal: AbortSignal },
  ): Promise<EventSpan> {
    const path = `/v1/events/${stream}?imported_from=${encodeURIComponent(from)}`;
    return await this.#ask(EVENT_SPAN, path, { method: "POST", body: lines, signal });
  }

  /** What became of a span; waits up to `waitMs` milliseconds for news. */
  async report(span: EventSpan, waitMs: number): Promise<SpanReport> {
    const { stream, first_event, last_event } = span;
    const signal = AbortSignal.timeout(waitMs + REQUEST_TIMEOUT_MS);
    const path = `/v1/events/${stream}/${first_event}/${last_event}?wait_ms=${waitMs}`;
    return await this.#ask(SPAN_REPORT, path, { signal });
  }

  [Symbol.dispose](): void {
    this.#client?.close();
  }

  async #ask<T>(answer: Answer<T>, path: string, init: RequestInit = {}): Promise<T> {
    const signal = init.signal ?? AbortSignal.timeout(REQUEST_TIMEOUT_MS);
    const client = this.#client === undefined ? {} : { client: this.#client };
    let response: Response;
    let text: string;
    try {
      response = await fetch(this.#base + path, {
        ...init,
        signal,
        headers: this.#headers,
        ...client,
      });
      text = await response.text();
    } catch (error) {
      throw signal.aborted ? tooSlow(error) : await this.#unreachable(error);
    }
    const body = parseJson(text);
    if (response.ok && body !== undefined) return believed(answer, body);
    throw errorOfAnswer(body, response.status);
  }

  /** An answer that breaks off in its middle tells the same as none: the agent is gone. */
  async #unreachable(cause: unknown): Promise<AgentError> {
    const path = this.#socketPath;
    return path !== undefined && await isForbidden(path) ? notAllowed(cause) : notRunning(cause);
  }
}

/** What an answer has to be. */
interface Answer<T> {
  /** @throws {z.ZodError} for another one */
  parse(body: unknown): T;
}

function believed<T>(answer: Answer<T>, body: unknown): T {
  try {
    return answer.parse(body);
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    const message = `The running agent's answer is not as it must be: ${describeIssues(error)}`;
    throw new AgentError("failed", message, {
      cause: error,
      hint: "the agent may be of another version: restart it",
    });
  }
}

function modulePath(name: string, operation: string): string {
  return `/v1/modules/${encodeURIComponent(name)}/${operation}`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
