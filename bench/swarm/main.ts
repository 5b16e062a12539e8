/**
 * The program: many simulated agents at one manager, and how the manager bears it.
 *
 *     deno task swarm --agents 5000 --rate 500
 *
 * @module
 */

import { assertEnoughFiles } from "./file_limit.ts";
import { type GivenManager, parseSwarmOptions, type SwarmOptions } from "./options.ts";
import { OwnManager } from "./own_manager.ts";
import { describe, type ReconnectReport, type SwarmReport, targetsOf } from "./report.ts";
import { Scenario } from "./scenario.ts";

/**
 * Runs all phases; `show` is given the lines for people as each phase ends.
 *
 * @throws Error when this machine allows too few connections, a phase does not end, or what the
 * manager stored is not what it acknowledged
 */
export async function runSwarm(
  options: SwarmOptions,
  show: (text: string) => void,
): Promise<SwarmReport> {
  await using stack = new AsyncDisposableStack();
  const { address, own } = await openSite(options, stack);
  assertEnoughFiles(options.agents, own?.pid);
  const { agents } = options;
  show(`${agents.toLocaleString("en")} agents at ${address.commsUrls.join(", ")}`);
  const scenario = stack.use(new Scenario(options, address, own));
  const registration = await scenario.register();
  show(describe.registration(registration));
  const start = await scenario.start();
  show(describe.start(start, { agents, registration }));
  const load = await scenario.load();
  show(describe.load(load, { agents, registration }));
  const command = await scenario.command();
  show(describe.command(command));
  const reconnects: ReconnectReport[] = [];
  for (const tokens of ["kept", "lost"] as const) {
    if (own === undefined) break;
    const reconnect = await scenario.reconnect(own, tokens);
    show(describe.reconnect(reconnect));
    reconnects.push(reconnect);
  }
  const targets = targetsOf({ load, command, reconnects });
  show(describe.targets(targets));
  return {
    schema: 1,
    agents,
    comms_urls: address.commsUrls,
    registration,
    start,
    load,
    command,
    reconnects,
    targets,
  };
}

/** The manager that was given, or one of the swarm's own. */
async function openSite(
  options: SwarmOptions,
  stack: AsyncDisposableStack,
): Promise<{ address: GivenManager; own?: OwnManager }> {
  if (options.manager !== undefined) return { address: options.manager };
  const own = stack.use(await OwnManager.start(options));
  return { address: own.address, own };
}

if (import.meta.main) {
  const { options, json } = parseSwarmOptions(Deno.args);
  try {
    const report = await runSwarm(options, json ? () => {} : (text) => console.log(text));
    if (json) console.log(JSON.stringify(report, null, 2));
  } catch (error) {
    console.error(`Cannot finish the swarm: ${error instanceof Error ? error.message : error}`);
    Deno.exit(1);
  }
}
