/**
 * Whether a new version works as well as the one before. Modules are not looked at: they may have trouble that has nothing to do
 * with the version.
 *
 * @module
 */

import type { StatusDocument } from "../../shared/protocol/status_document.ts";

/** Why a version did not pass, as a word for programs. */
export type TrialFault =
  | "does_not_start"
  | "died"
  | "does_not_answer"
  | "wrong_version"
  | "cannot_log_in"
  | "queue_smaller"
  | "not_acknowledged";

/** What of a status document is compared. */
export type ComparedStatus = Pick<StatusDocument, "agent" | "pid" | "server" | "state" | "streams">;

/** How the version before stood when it made room. */
export interface Baseline {
  /** Whether it held a token. */
  hadToken: boolean;
  /** Events taken in ever, by stream. */
  taken: Record<"stateless" | "stateful", number>;
}

/** What is known of the version on trial. */
interface Observation {
  version: string;
  pid: number;
  /** `undefined`: its local API does not answer. */
  status: ComparedStatus | undefined;
  /** Whether the server acknowledged an event of it. */
  acknowledged: boolean;
}

/** What is missing, with the fault that it would be at the end of the trial; `undefined` for nothing. */
export interface Missing {
  fault: TrialFault;
  message: string;
}

/** How a running agent stands, for the comparison later. */
export function baselineOf({ server, streams }: ComparedStatus): Baseline {
  return {
    hadToken: server.token.state === "valid",
    taken: {
      stateless: streams.stateless.taken_events,
      stateful: streams.stateful.taken_events,
    },
  };
}

/** What the version on trial still has to show. */
export function missingOf(
  { hadToken, taken }: Baseline,
  { version, pid, status, acknowledged }: Observation,
): Missing | undefined {
  if (status === undefined || status.pid !== pid) {
    return { fault: "does_not_answer", message: "its local API does not answer" };
  }
  const told = status.agent?.version;
  if (told !== version) {
    return { fault: "wrong_version", message: `it calls itself ${told ?? "nothing"}` };
  }
  const { stateless, stateful } = status.streams;
  const isSmaller = stateless.taken_events < taken.stateless ||
    stateful.taken_events < taken.stateful;
  if (isSmaller) {
    return { fault: "queue_smaller", message: "it does not have all events that were stored" };
  }
  // Where the server could not be reached before, it is nobody's fault that it cannot be now.
  if (!hadToken) return undefined;
  if (status.server.token.state !== "valid") {
    const why = status.state.reason === null ? "" : `: ${status.state.reason}`;
    return { fault: "cannot_log_in", message: `it holds no token${why}` };
  }
  if (acknowledged) return undefined;
  return { fault: "not_acknowledged", message: "no event of it was acknowledged" };
}

/** Whether a fault may be the server's, so that the version before has to be asked whether it could do better. */
export function mayBeOfServer(fault: TrialFault): boolean {
  return fault === "cannot_log_in" || fault === "not_acknowledged";
}
