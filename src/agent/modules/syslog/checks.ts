/**
 * Checks of the module `syslog`: could its inputs be opened here?
 *
 * @module
 */

import type { CheckResult } from "../check.ts";
import { parseListenAddress } from "./listen_address.ts";
import { listenProblem } from "./listen_problem.ts";
import type { InputOptions, SyslogOptions } from "./options.ts";
import { mayBeSocket } from "./socket_file.ts";
import { openListener } from "./stream/listeners.ts";
import { systemClock } from "../../../shared/clock.ts";

/** Tries each input at a port that the system chooses: a running agent has the right one itself. */
export async function checkInputs({ inputs }: SyslogOptions): Promise<CheckResult> {
  if (inputs.length === 0) {
    const hint = "add one to syslog.inputs, such as {protocol: udp, listen: ':514'}";
    return { status: "warn", message: "no input is configured", try: hint };
  }
  for (const input of inputs) {
    try {
      if (input.protocol.startsWith("unix")) mayBeSocket(input.listen);
      else await tryAddress(input);
    } catch (error) {
      const { reason, hint } = listenProblem(error);
      const where = `${input.protocol} ${input.listen}`;
      return { status: "fail", message: `cannot receive at ${where}: ${reason}`, try: hint };
    }
  }
  return { status: "ok", message: `${inputs.length} inputs can be opened here` };
}

async function tryAddress(input: InputOptions): Promise<void> {
  const address = parseListenAddress(input.listen);
  const host = address?.hostname ?? "";
  const listen = host.includes(":") ? `[${host}]:0` : `${host}:0`;
  // What a datagram needs of an address a connection needs, too.
  const protocol = input.protocol === "udp" ? "tcp" : input.protocol;
  (await openListener({ ...input, protocol, listen }, systemClock)).close();
}
