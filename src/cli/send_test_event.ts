/**
 * `agent send-test-event`: puts events through the real path and waits for the server's word.
 *
 * @module
 */

import {
  Command,
  type CommandUnknownOpts,
  InvalidArgumentError,
} from "@commander-js/extra-typings";
import { DirectDelivery } from "../assembly/direct_delivery.ts";
import { systemClock } from "../clock.ts";
import { loadConfig } from "../config/load.ts";
import type { AgentConfig } from "../config/schema.ts";
import { parseDuration, parseSize } from "../config/units.ts";
import { ControlClient } from "../control/control_client.ts";
import { endpointIn } from "../control/endpoint.ts";
import { AgentError } from "../errors.ts";
import type { CliIo } from "./cli_io.ts";
import {
  deliverTestEvents,
  type DeliveryResult,
  type EventRoute,
  type RouteProblem,
} from "./test_delivery.ts";

const EXAMPLES = `
With a running agent the events go through its queue; without one the queue is opened and just these are sent.
Events that are not acknowledged in time stay in the queue and leave with the next ones.

Examples:
  agent send-test-event
  agent send-test-event --stateful --message "hello" --json
  agent send-test-event --count 10000 --size 1KB --timeout 1m`;

/** Progress is shown from this many events on. */
const MANY = 1_000;

/** Builds the command. */
export function sendTestEventCommand(io: CliIo): CommandUnknownOpts {
  const command = describeCommand();
  command.action((options) => sendTestEvents(io, options));
  return command;
}

type Options = ReturnType<ReturnType<typeof describeCommand>["opts"]>;

function describeCommand() {
  return new Command("send-test-event")
    .description("send events through the queue and wait until the server has acknowledged them")
    .option("--stateful", "send stateful events instead of stateless ones")
    .option("--count <n>", "number of events, at most 1000000", countOf, 1)
    .option("--size <bytes>", "size of each event, such as 500 or 10KB, at most 1MB", sizeOf)
    .option("--message <text>", "text of each event")
    .option("--timeout <duration>", "longest wait for the acknowledgement", durationOf, 30_000)
    .option(
      "--config <file>",
      "configuration file (else AGENT_CONFIG, else the system's agent.yaml)",
    )
    .option("--json", "print the result as JSON")
    .addHelpText("after", EXAMPLES);
}

async function sendTestEvents(io: CliIo, options: Options): Promise<void> {
  const { config, warnings } = await loadConfig({ file: options.config, env: io.env });
  for (const warning of warnings) io.stderr(`Warning: ${warning}\n`);
  await using route = await openRoute(config);
  const result = await deliverTestEvents(route, {
    stream: options.stateful ? "stateful" : "stateless",
    count: options.count,
    sizeBytes: options.size,
    message: options.message,
    timeoutMs: options.timeout,
    clock: systemClock,
    signal: io.signal,
    onProgress: progressOn(io, options.count),
  });
  const problem = result.open > 0 ? await route.problem() : undefined;
  io.stdout(options.json ? asJson(result, { via: route.via, problem }) : asText(result, route.via));
  throwUnlessAcknowledged(result, problem);
}

interface Route extends EventRoute, AsyncDisposable {
  via: "running agent" | "queue";
}

/** The running agent if there is one, else the queue itself. */
async function openRoute(config: AgentConfig): Promise<Route> {
  const client = await runningAgent(config);
  if (client !== undefined) return throughAgent(client);
  const direct = new DirectDelivery(config, systemClock);
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
      if (state.reason === null) return undefined;
      const step = server.token.state === "valid" ? "send" : "log in";
      return { step, refused: state.name === "refused", reason: state.reason };
    },
    [Symbol.asyncDispose]: () => Promise.resolve(client[Symbol.dispose]()),
  };
}

function throwUnlessAcknowledged(result: DeliveryResult, problem: RouteProblem | undefined): void {
  if (result.refused > 0) {
    const reason = result.batches.find((batch) => batch.reason !== null)?.reason ??
      "no reason given";
    const message = `Step "acknowledge" failed: the server refused ${
      events(result.refused)
    }: ${reason}`;
    throw new AgentError("event_refused", message, {
      hint: "the refused events are kept as dead letters; see the agent's log",
    });
  }
  if (result.open === 0) return;
  const { step = "acknowledge", refused = false, reason = "no answer yet" } = problem ?? {};
  const waiting = `${events(result.open)} not acknowledged in time, kept in the queue`;
  throw new AgentError(
    refused ? "credentials_refused" : "not_acknowledged",
    `Step "${step}" failed: ${reason} (${waiting})`,
    { hint: "agent status shows what the agent is waiting for" },
  );
}

function asText({ acknowledged, batches, tookMs }: DeliveryResult, via: Route["via"]): string {
  const took = `${(tookMs / 1000).toFixed(2)} s`;
  const lines = [`Acknowledged ${events(acknowledged)} in ${took}, through the ${via}`];
  for (const { id, outcome, status, first_event, last_event } of batches.slice(0, 10)) {
    const size = events(last_event - first_event + 1);
    lines.push(`  batch ${id}  ${outcome}  status ${status}  ${size}`);
  }
  if (batches.length > 10) lines.push(`  … and ${batches.length - 10} more batches`);
  return lines.join("\n") + "\n";
}

function asJson(
  { acknowledged, refused, open, batches, tookMs }: DeliveryResult,
  { via, problem }: { via: Route["via"]; problem: RouteProblem | undefined },
): string {
  return `${
    JSON.stringify({
      schema: 1,
      via: via.replace(" ", "_"),
      acknowledged_events: acknowledged,
      refused_events: refused,
      open_events: open,
      took_ms: Math.round(tookMs),
      failed_step: problem?.step ?? null,
      reason: problem?.reason ?? null,
      batches: batches.map(({ id, stream, outcome, status, first_event, last_event }) => ({
        id,
        stream,
        outcome,
        status,
        events: last_event - first_event + 1,
      })),
    })
  }\n`;
}

function progressOn(io: CliIo, count: number) {
  let shown = "";
  return ({ stored, settled }: { stored: number; settled: number }) => {
    if (count < MANY || !io.isTerminal.stderr) return;
    const text = `${stored} stored, ${settled} acknowledged of ${count}`;
    if (text !== shown) io.stderr(`\r\x1b[K${text}${settled === count ? "\n" : ""}`);
    shown = text;
  };
}

function events(count: number): string {
  return count === 1 ? "1 event" : `${count} events`;
}

function countOf(text: string): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && count >= 1 && count <= 1_000_000) return count;
  throw new InvalidArgumentError("must be a whole number from 1 to 1000000");
}

function sizeOf(text: string): number {
  const bytes = /^\d+$/.test(text) ? Number(text) : parseSize(text);
  if (bytes !== undefined && bytes <= 1_000_000) return bytes;
  throw new InvalidArgumentError("must be a size up to 1MB, such as 500 or 10KB");
}

function durationOf(text: string): number {
  const durationMs = parseDuration(text);
  if (durationMs !== undefined && durationMs > 0) return durationMs;
  throw new InvalidArgumentError("must be a duration, such as 500ms, 30s or 2m");
}
