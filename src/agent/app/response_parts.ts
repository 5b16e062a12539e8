/**
 * Builds what carries active responses out. One that is built in is added here.
 *
 * @module
 */

import type { Clock } from "../../shared/clock.ts";
import type { AgentIdentity } from "../../shared/protocol/agent_identity.ts";
import { lookUp } from "../comms/connection/way_probe.ts";
import type { AgentConfig } from "../config/schema.ts";
import { Scripts } from "../process/scripts.ts";
import type { Queue } from "../queue/queue.ts";
import type { ResponseAction } from "../responses/action.ts";
import { BlockIp } from "../responses/built_in/block_ip.ts";
import { DisableAccount } from "../responses/built_in/disable_account.ts";
import { firewalls } from "../responses/built_in/firewalls.ts";
import { systemTools } from "../responses/built_in/system_tools.ts";
import { ProtectedAddresses } from "../responses/protected_addresses.ts";
import type { ResponseKind } from "../responses/response_store.ts";
import { Responses } from "../responses/responses.ts";
import { ScriptAction } from "../responses/script_action.ts";
import type { ServerLink } from "./server/server_link.ts";
import { createSignedScripts } from "./signed_script_parts.ts";

/** What responses are built on. */
interface ResponseParts {
  /** The options in force. */
  config: () => AgentConfig;
  agent: Pick<AgentIdentity, "id" | "name">;
  queue: Queue;
  clock: Clock;
  /** To the server, where one is asked for scripts. @default none is */
  link?: ServerLink | undefined;
}

/** Longest wait for the addresses of a name, in milliseconds. */
const LOOK_UP_LIMIT_MS = 10_000;

/** Builds them, and what runs scripts. Starts nothing. */
export function createResponses(
  { config, agent, queue, clock, link }: ResponseParts,
): { responses: Responses; scripts: Scripts } {
  const brought = createSignedScripts({ config, link, clock });
  const scripts = new Scripts({ dataFolder: config().agent.path.data, clock, brought });
  const script = new ScriptAction({ scripts, agent });
  const tools = systemTools(clock);
  const builtIn = new Map<string, ResponseAction>([
    ["block-ip", new BlockIp(firewalls(tools))],
    ["disable-account", new DisableAccount({ tools, now: () => clock.now() })],
  ]);
  const responses = new Responses({
    queue,
    clock,
    // What the owner of the machine has put there comes first.
    kindOf: (name) => builtIn.has(name) && !scripts.has(name) ? "built_in" : "script",
    actionOf: (kind, name) => actionIn({ builtIn, script }, kind, name),
    protectedAddresses: new ProtectedAddresses({
      allow: () => config().active_response.allow,
      hosts: () => hostsIn(config()),
      own: ownAddresses,
      resolvers,
      lookUp: (host) => lookUp(host, LOOK_UP_LIMIT_MS),
      clock,
    }),
    maxDurationMs: () => config().active_response.max_duration,
    reversalLimitMs: () => config().commands.default_timeout,
    graceMs: config().agent.shutdown_notify_timeout / 4,
  });
  return { responses, scripts };
}

function actionIn(
  { builtIn, script }: { builtIn: ReadonlyMap<string, ResponseAction>; script: ResponseAction },
  kind: ResponseKind,
  name: string,
): ResponseAction {
  if (kind === "script") return script;
  const action = builtIn.get(name);
  if (action === undefined) throw new Error(`This version of the agent has no response "${name}"`);
  return action;
}

/** What connects the agent with its server. */
function hostsIn({ agent: { server_url, proxy } }: AgentConfig): string[] {
  const urls = [...server_url.split(","), proxy].filter((url) => url !== "");
  return [...new Set(urls.map((url) => new URL(url).hostname.replace(/^\[|\]$/g, "")))];
}

/** All of them, unlike those that the server is told. */
function ownAddresses(): string[] {
  try {
    return Deno.networkInterfaces().map(({ address }) => address);
  } catch {
    return [];
  }
}

/** Without them the server would not be found any more. */
function resolvers(): string[] {
  try {
    const text = Deno.readTextFileSync("/etc/resolv.conf");
    return [...text.matchAll(/^\s*nameserver\s+(\S+)/gm)].map(([, address = ""]) => address);
  } catch {
    return [];
  }
}
