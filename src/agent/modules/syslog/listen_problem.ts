/**
 * Why an input cannot listen, in words, and what to do about it.
 *
 * @module
 */

import { AgentError, messageOf } from "../../../shared/errors.ts";

interface ListenProblem {
  reason: string;
  hint: string;
}

const BY_CODE: Readonly<Record<string, ListenProblem>> = {
  EADDRINUSE: {
    reason: "another program listens there",
    hint: "give the input another port, or stop that program: ss -lnptu shows it",
  },
  EADDRNOTAVAIL: {
    reason: "this machine does not have that address",
    hint: "name an address of this machine in listen: ip address shows them",
  },
  EACCES: {
    reason: "permission denied",
    hint: "give the input a port from 1024 on, or the agent CAP_NET_BIND_SERVICE",
  },
};

/** What to tell of an error. */
export function listenProblem(error: unknown): ListenProblem {
  if (error instanceof AgentError) {
    return { reason: error.message, hint: error.hint ?? OTHER };
  }
  return BY_CODE[codeOf(error)] ?? { reason: messageOf(error), hint: OTHER };
}

const OTHER = "name an address of this machine with a port, or a path in a folder of the agent's";

function codeOf(error: unknown): string {
  if (error instanceof Deno.errors.AddrInUse) return "EADDRINUSE";
  if (error instanceof Deno.errors.AddrNotAvailable) return "EADDRNOTAVAIL";
  if (error instanceof Deno.errors.PermissionDenied) return "EACCES";
  return String((error as { code?: unknown } | null)?.code);
}
