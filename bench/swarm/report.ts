/**
 * What a swarm found out: the document of `--json`, and the same for people.
 *
 * @module
 */

import { megabytes } from "../report/megabytes.ts";
import type { BatchCounts, LoginCounts } from "./tally.ts";

/** What a process used during a phase. */
export interface Usage {
  /** Resident memory at its end, in bytes. */
  memory_bytes: number;
  /** CPU time over it, in seconds; 2 in a second is two cores. */
  cpu_seconds: number;
}

/** Manager and swarm; the manager is missing where the system doesn't tell or it isn't the swarm's own. */
export interface Usages {
  manager?: Usage;
  swarm: Usage;
}

/** The agents were made known to the manager: preparation, not part of what is measured. */
export interface RegistrationReport extends Usages {
  agents: number;
  seconds: number;
}

/** All agents started at once. */
export interface StartReport extends Usages {
  logins: LoginCounts;
  /** Until all had a token. */
  logged_in_seconds: number;
  /** Until all had their poll open. */
  polls_open_seconds: number;
}

/** Batches were sent, with all polls open. */
export interface LoadReport extends Usages {
  batches: BatchCounts;
  /** Events that the manager stored, by its own account. */
  events_stored: number;
  events_acknowledged: number;
  seconds: number;
  batches_per_second: number;
  events_per_second: number;
  answer_ms: { median: number; p99: number; max: number };
}

/** One command to all agents. */
export interface CommandReport extends Usages {
  orders: number;
  /** Until the last order was with its agent. */
  delivered_seconds: number;
  /** Until the manager had the last result. */
  results_seconds: number;
}

/** The manager went away and came back. */
export interface ReconnectReport extends Usages {
  tokens: "kept" | "lost";
  /** From the order to stop until the manager was ready again. */
  away_seconds: number;
  /** From then until all polls were open. */
  polls_open_seconds: number;
  logins: LoginCounts;
}

/** The whole. */
export interface SwarmReport {
  schema: 1;
  agents: number;
  comms_urls: string[];
  registration: RegistrationReport;
  start: StartReport;
  load: LoadReport;
  command: CommandReport;
  /** None for a manager that the swarm did not start. */
  reconnects: ReconnectReport[];
  targets: { name: string; met: boolean }[];
}

/** Which targets were met. A time is compared with one of the same run: a slower machine misses nothing for that. */
export function targetsOf(
  { load, command, reconnects }: Pick<SwarmReport, "load" | "command" | "reconnects">,
): SwarmReport["targets"] {
  const oneByOneSeconds = command.orders * load.answer_ms.median / 1_000;
  return [
    {
      name: "a command delivered to all agents sooner than so many batches are answered in turn",
      met: command.delivered_seconds < oneByOneSeconds,
    },
    ...reconnects.map(({ tokens, logins }) => ({
      name: `no log-in failed after a restart, tokens ${tokens}, but those beyond the rate`,
      met: logins.failed === 0,
    })),
  ];
}

/** The lines for each phase, for people. */
export const describe = {
  registration: ({ agents, seconds, manager }: RegistrationReport) =>
    line("Registered", [`${count(agents)} agents in ${secs(seconds)}`, memory(manager)]),

  start: (start: StartReport, { agents, registration }: Before) =>
    [
      line("Logged in", [
        `all after ${secs(start.logged_in_seconds)}: ${logins(start.logins)}`,
        cpu(start, start.logged_in_seconds),
      ]),
      line("Polls open", [
        `all after ${secs(start.polls_open_seconds)}`,
        growth(start, { agents, registration }),
      ]),
    ].join("\n"),

  load: (load: LoadReport, before: Before) =>
    [
      line("Batches", [
        `${count(load.batches.taken)} in ${secs(load.seconds)}: ` +
        `${count(load.batches_per_second)}/s, ${count(load.events_per_second)} events/s, ` +
        `${count(load.batches.failed)} failed`,
        `answered in ${ms(load.answer_ms.median)} (median), ${ms(load.answer_ms.p99)} (p99), ` +
        `${ms(load.answer_ms.max)} (most)`,
      ]),
      line("", [growth(load, before), cpu(load, load.seconds)]),
      line("Stored", [
        `${count(load.events_stored)} events, ${count(load.events_acknowledged)} acknowledged`,
      ]),
    ].join("\n"),

  command: ({ orders, delivered_seconds, results_seconds, ...usages }: CommandReport) =>
    line("Command", [
      `${count(orders)} orders: last one delivered after ${secs(delivered_seconds)}, ` +
      `last result in after ${secs(results_seconds)}`,
      cpu(usages, results_seconds),
    ]),

  reconnect: (
    { tokens, away_seconds, polls_open_seconds, logins: counts, ...usages }: ReconnectReport,
  ) =>
    line("Restart", [
      `tokens ${tokens}: manager away for ${secs(away_seconds)}, all polls open ` +
      `${secs(polls_open_seconds)} after that`,
      logins(counts),
      cpu(usages, polls_open_seconds),
    ]),

  targets: (targets: SwarmReport["targets"]) =>
    targets.map(({ name, met }) => line(met ? "Met" : "MISSED", [name])).join("\n"),
};

/** What later phases are compared with. */
type Before = Pick<SwarmReport, "agents" | "registration">;

const LABEL_WIDTH = 12;

function line(label: string, parts: readonly (string | undefined)[]): string {
  return label.padEnd(LABEL_WIDTH) + parts.filter((part) => part !== undefined).join("; ");
}

function logins({ succeeded, put_off, failed }: LoginCounts): string {
  return `${count(succeeded)} log-ins, ${count(put_off)} put off by the rate, ` +
    `${count(failed)} failed`;
}

function memory(usage: Usage | undefined): string | undefined {
  return usage && `manager has ${megabytes(usage.memory_bytes)}`;
}

function growth({ manager }: Usages, { agents, registration }: Before): string | undefined {
  if (manager === undefined || registration.manager === undefined) return undefined;
  const grown = (manager.memory_bytes - registration.manager.memory_bytes) / agents;
  return `${memory(manager)}, ${(grown / 1e3).toFixed(1)} kB an agent more than before`;
}

/** Of the swarm too: where it is at its limit, the figures are its and not the manager's. */
function cpu({ manager, swarm }: Usages, seconds: number): string {
  const share = ({ cpu_seconds }: Usage) => `${Math.round(cpu_seconds / seconds * 100)} %`;
  return `CPU ${manager ? `manager ${share(manager)}, ` : ""}swarm ${share(swarm)} of a core`;
}

function count(value: number): string {
  return Math.round(value).toLocaleString("en");
}

function secs(value: number): string {
  return `${value.toFixed(value < 10 ? 2 : 1)} s`;
}

function ms(value: number): string {
  return `${value.toFixed(value < 10 ? 1 : 0)} ms`;
}
