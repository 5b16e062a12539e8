/**
 * The flags that the mock server has beside those of the manager.
 *
 * @module
 */

import { InvalidArgumentError, Option } from "@commander-js/extra-typings";
import { wholeNumber } from "../src/shared/cli/flag_values.ts";
import { parseFault } from "./fault_spec.ts";
import type { MockOptions } from "./mock_manager.ts";

/** For the command line. */
export const FLAGS: readonly Option[] = [
  new Option("--record <file>", "append one JSON line for each event stored"),
  new Option("--fault <spec>", "misbehave, see below; may be repeated").argParser(faultSpec),
  new Option("--fault-seed <number>", "decides which requests the faults hit (default: 1)")
    .argParser(wholeNumber),
];

/** Put behind the help. */
export const HELP = `
Examples of what the mock server does beside:
  $ deno task mock-server --http --management-port 0 --comms-port 0 --record events.jsonl
  $ deno task mock-server --fault events:503:0.2 --fault events:drop-after-store:0.1 --fault-seed 7

Faults: TARGET:ACTION[:PROBABILITY][:OPTION=VALUE...]
  TARGET   all, login, events, stateless, stateful, commands, files, upgrade,
           download, management
  ACTION   400 to 599, latency:DURATION, hang, reset, drop-after-store, slow-body[:DURATION],
           drop-after-send (commands only), cut-body, wrong-bytes, no-range
  OPTION   retry-after=SECONDS, message=TEXT, code=N (with a status),
           times=N (strike N times at most), at=N (which byte, with cut-body and wrong-bytes)`;

/** What the parsed values of {@linkcode FLAGS} say. */
export function mockOptions(given: Readonly<Record<string, unknown>>): MockOptions {
  const { record, fault, faultSeed } = given as {
    record?: string;
    fault?: string[];
    faultSeed?: number;
  };
  return {
    ...(record !== undefined && { recordFile: record }),
    ...(fault !== undefined && { faults: fault }),
    ...(faultSeed !== undefined && { faultSeed }),
  };
}

function faultSpec(text: string, earlier: string[] = []): string[] {
  try {
    parseFault(text);
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
  return [...earlier, text];
}
