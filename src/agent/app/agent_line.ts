/**
 * Line 1 of every request: who the agent is and what machine it runs on.
 *
 * @module
 */

import type { AgentIdentity } from "../../shared/protocol/agent_identity.ts";
import type { Clock } from "../../shared/clock.ts";
import type { AgentLine, HostInfo } from "../../shared/protocol/wire.ts";
import { VERSION } from "../../shared/version.ts";

/** Addresses change while an agent runs; asking the system for each batch would cost more than the batch. */
const HOST_INFO_LIFE_MS = 60_000;

/** What an {@linkcode AgentLineSource} is built with. */
interface AgentLineDeps {
  identity: AgentIdentity;
  readHostInfo: () => HostInfo;
  clock: Clock;
}

/** Gives the agent line as it is now. */
export class AgentLineSource {
  readonly #deps: AgentLineDeps;
  #host: HostInfo;
  #readAtMs: number;

  constructor(deps: AgentLineDeps) {
    this.#deps = deps;
    this.#host = deps.readHostInfo();
    this.#readAtMs = deps.clock.monotonic();
  }

  /** The line as an object. */
  line(): AgentLine {
    const { identity: { id, name, groups }, clock, readHostInfo } = this.#deps;
    if (clock.monotonic() - this.#readAtMs >= HOST_INFO_LIFE_MS) {
      this.#host = readHostInfo();
      this.#readAtMs = clock.monotonic();
    }
    return { agent: { id, name, type: "Endpoint", version: VERSION, groups, host: this.#host } };
  }

  /** The line as it is sent. */
  text(): string {
    return JSON.stringify(this.line());
  }
}
