/**
 * What a command says of servers that run and cannot do anything.
 *
 * @module
 */

import { JetStreamApiError } from "@nats-io/jetstream";
import { errors } from "@nats-io/transport-node";
import { AgentError } from "../../shared/errors.ts";
import { unavailable } from "../cluster/link/cluster_failure.ts";
import { StoreUnavailable } from "../stores/unavailable.ts";

/** As the API says it, after HTTP: no leader, or no majority. */
const UNAVAILABLE = 503;
/** Of errors whose classes the library does not export. */
const NAMES = ["JetStreamNotEnabled"];

/** `undefined` for an error of another kind. */
export function outageOf(error: unknown): AgentError | undefined {
  if (!isOutage(error)) return undefined;
  return new AgentError("failed", unavailable(error).message, {
    cause: error,
    hint: "see that more than half of the NATS servers run, have JetStream and reach each other",
  });
}

function isOutage(error: unknown): boolean {
  if (error instanceof JetStreamApiError) return error.status === UNAVAILABLE;
  return error instanceof StoreUnavailable || error instanceof errors.TimeoutError ||
    error instanceof errors.RequestError || error instanceof errors.NoRespondersError ||
    error instanceof Error && NAMES.includes(error.name);
}
