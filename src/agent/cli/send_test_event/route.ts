/**
 * The way that test events take: through the running agent, or without one straight into the queue.
 *
 * @module
 */

import { DirectDelivery } from "../../app/server/direct_delivery.ts";
import { systemClock } from "../../../shared/clock.ts";
import type { Secrets } from "../../../shared/log/secrets.ts";
import type { AgentConfig } from "../../config/schema.ts";
import { ControlClient } from "../../control/control_client.ts";
import { endpointIn } from "../../control/endpoint.ts";
import { AgentError } from "../../../shared/errors.ts";
import { hintForCause } from "../../status/health/server_hints.ts";
import type { EventRoute } from "./delivery.ts";

/** A route that is open. Its methods throw `not_running` once the running agent is gone. */
export interface Route extends EventRoute, AsyncDisposable {
  via: "running agent" | "queue";
}

/**
 * The running agent if there is one, else the queue itself. `warn` is told of a queue that was
 * damaged, and `secrets` of what must not be seen.
 *
 * @throws {AgentError} as {@linkcode DirectDelivery} does, or when the running agent can't be asked
 */
export async function openRoute(
  config: AgentConfig,
  { warn, secrets }: { warn: (text: string) => void; secrets: Secrets },
): Promise<Route> {
  const client = await runningAgent(config);
  if (client !== undefined) return throughAgent(client);
  const direct = new DirectDelivery(config, { clock: systemClock, secrets });
  if (direct.damaged !== undefined) {
    const { set_aside_as, reason } = direct.damaged;
    const where = set_aside_as === undefined ? "" : `, the damaged file is now "${set_aside_as}"`;
    warn(`The queue was damaged (${reason}): what could be read of it is kept${where}`);
  }
  return {
    via: "queue",
    append: (stream, lines, signal) => direct.append(stream, lines, signal),
    report: (span, waitMs) => direct.report(span, waitMs),
    problem: () => direct.problem(),
    [Symbol.asyncDispose]: () => direct[Symbol.asyncDispose](),
  };
}

async function runningAgent(config: AgentConfig): Promise<ControlClient | undefined> {
  let client: ControlClient | undefined;
  try {
    client = ControlClient.to(endpointIn(config.agent.path.run));
    await client.status();
    return client;
  } catch (error) {
    client?.[Symbol.dispose]();
    if (error instanceof AgentError && error.code === "not_running") return undefined;
    throw error;
  }
}

function throughAgent(client: ControlClient): Route {
  return {
    via: "running agent",
    append: (stream, lines, signal) => client.append(stream, lines, signal),
    report: (span, waitMs) => client.report(span, waitMs),
    async problem() {
      const { state, server } = await client.status();
      const { reason, cause } = state;
      if (reason === null) return undefined;
      const step = server.token.state === "valid" ? "send" : "log in";
      const hint = cause === null || cause === "other"
        ? undefined
        : hintForCause(cause, { reason, url: server.url });
      return { step, refused: state.name === "refused", reason, hint };
    },
    [Symbol.asyncDispose]: () => Promise.resolve(client[Symbol.dispose]()),
  };
}
