/**
 * The metrics over HTTP, where `metrics.listen` says; the agent goes on without them when nothing can listen there.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import { type Clock, isoOrNull } from "../../shared/clock.ts";
import { messageOf } from "../../shared/errors.ts";
import type { StatusDocument } from "../../shared/protocol/status_document.ts";
import {
  addressText,
  type ListenAddress,
  MetricsServer,
  type Page,
} from "../control/metrics_server.ts";

/** How often it is tried again where nothing could listen, in milliseconds. */
const RETRY_INTERVAL_MS = 30_000;

/** Opens, moves and closes the server. */
export class MetricsEndpoint {
  readonly #deps: { page: () => Promise<Page>; clock: Clock };
  readonly #log = getLogger(["agent", "metrics"]);
  #listen = "off";
  #server: MetricsServer | undefined;
  #problem: { reason: string; sinceMs: number } | undefined;
  #nextTryMs = 0;

  constructor(deps: { page: () => Promise<Page>; clock: Clock }) {
    this.#deps = deps;
  }

  /** As the status document tells it. */
  status(): StatusDocument["metrics"] {
    const problem = this.#problem;
    return {
      listen: this.#server === undefined ? null : addressText(this.#server.address),
      reason: problem?.reason ?? null,
      since: isoOrNull(problem?.sinceMs),
    };
  }

  /** Serves where the option `metrics.listen` says. What is in the way is logged, and tried again by {@linkcode retry}. */
  start(listen: string): void {
    this.#listen = listen;
    this.#open();
  }

  /**
   * Moves to where the option says now.
   *
   * @throws {AgentError} when nothing can listen there; then it is served where it was
   */
  async move(listen: string): Promise<void> {
    const before = this.#listen;
    await this.close();
    this.#listen = listen;
    try {
      this.#server = this.#serve();
      this.#problem = undefined;
    } catch (error) {
      this.start(before);
      throw error;
    }
  }

  /** Tries again what failed. Call it about once a second. */
  retry(): void {
    if (this.#problem !== undefined && this.#deps.clock.monotonic() >= this.#nextTryMs) {
      this.#open();
    }
  }

  /** Stops serving. */
  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    await server?.close();
  }

  #open(): void {
    const { clock } = this.#deps;
    try {
      this.#server = this.#serve();
      this.#problem = undefined;
    } catch (error) {
      const reason = messageOf(error);
      if (this.#problem === undefined) {
        this.#log.error("No metrics are served: {reason}", { reason });
      }
      this.#problem = { reason, sinceMs: this.#problem?.sinceMs ?? clock.now() };
      this.#nextTryMs = clock.monotonic() + RETRY_INTERVAL_MS;
    }
  }

  #serve(): MetricsServer | undefined {
    if (this.#listen === "off") return undefined;
    const server = new MetricsServer(parseListenAddress(this.#listen), this.#deps);
    this.#log.info("Metrics are served at {url}", {
      url: `http://${addressText(server.address)}/metrics`,
    });
    return server;
  }
}

/** An address as the option gives it; without a host it is that of the loopback interface. */
function parseListenAddress(listen: string): ListenAddress {
  const [, host = "", port] = /^(.*):(\d+)$/.exec(listen) ?? [];
  return { hostname: host.replace(/^\[|\]$/g, "") || "127.0.0.1", port: Number(port) };
}
