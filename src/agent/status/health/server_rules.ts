/**
 * Whether the server is there, knows this agent and takes its events, and whether the clocks agree.
 *
 * @module
 */

import { durationText } from "../../../shared/text.ts";
import { levelOfLasting, type Rule, type StatusFacts } from "./rule.ts";
import { hintForCause, REGISTER_AGAIN } from "./server_hints.ts";

const credentialsRefused: Rule = ({ state }) => {
  if (state.name !== "refused") return [];
  return [{
    code: "credentials_refused",
    level: "failing",
    subject: null,
    message: `The server refuses this agent: ${state.reason}`,
    since: state.since,
    hint: REGISTER_AGAIN,
  }];
};

const certificateUntrusted: Rule = (facts) => {
  const { state } = facts;
  if (state.name !== "retrying" || state.cause !== "certificate") return [];
  return [{
    code: "certificate_untrusted",
    level: "failing",
    subject: null,
    message: `The ${state.reason}`,
    since: state.since,
    hint: hintForCause("certificate", saidOf(facts)),
  }];
};

const WHERE = "look at the server, its log and what stands between";

const serverAway: Rule = (facts, context) => {
  const { state } = facts;
  if (state.name !== "retrying" || state.cause === "certificate") return [];
  const level = levelOfLasting(state.since, context);
  const found = { level, subject: null, since: state.since } as const;
  if (isOnlyOfPolls(facts)) {
    const message = `The server does not let this agent wait for commands: ${state.reason}`;
    return [{ ...found, code: "commands_away", message, hint: `${WHERE}; events still leave` }];
  }
  if (state.cause !== null) {
    const message = `The server does not answer: ${state.reason}`;
    const hint = hintForCause(state.cause, saidOf(facts));
    return [{ ...found, code: "server_away", message, hint }];
  }
  const message = `The server answers with errors: ${state.reason}`;
  return [{ ...found, code: "server_faulty", message, hint: `${WHERE}; the events are kept` }];
};

/** A server that is away is so for polls too: only an answer, or events that it took since, tells that it is there. */
function isOnlyOfPolls({ state, commands, streams }: StatusFacts): boolean {
  if (commands.state !== "retrying" || commands.reason !== state.reason) return false;
  const since = state.since ?? "";
  return state.cause === null ||
    Object.values(streams).some(({ last_acknowledged_at: at }) => at !== null && at > since);
}

function saidOf({ state, server }: StatusFacts): { reason: string; url: string } {
  return { reason: state.reason ?? "", url: server.url };
}

const stillStarting: Rule = ({ state }, context) => {
  const level = levelOfLasting(state.since, context);
  if (state.name !== "starting" || level === "note") return [];
  return [{
    code: "server_away",
    level,
    subject: null,
    message: "The server has not answered a log-in yet",
    since: state.since,
    hint: "look at the log: agent logs",
  }];
};

/** How the sender begins a reason of this kind. */
const REFUSED = /^refused by the server: /;

const eventsRefused: Rule = ({ state, streams }, context) =>
  Object.entries(streams).flatMap(([stream, { refused_since }]) => {
    if (refused_since === null) return [];
    const lasting = levelOfLasting(refused_since, context);
    return [{
      code: "events_refused",
      level: lasting === "failing" ? lasting : "degraded",
      subject: stream,
      message: `The server refuses every ${stream} event` +
        (state.name === "events_refused" ? `: ${state.reason?.replace(REFUSED, "")}` : ""),
      since: refused_since,
      hint:
        "mend the server, or what stands between: the events are kept and then leave by themselves",
    }];
  });

/** While the server is away or refuses the agent, that is the reason to give. */
const groupConfigStale: Rule = ({ state, shared_config }) => {
  if (shared_config.state !== "failing") return [];
  if (state.name === "retrying" || state.name === "refused") return [];
  return [{
    code: "group_config_stale",
    level: "degraded",
    subject: null,
    message: `The configuration of the groups is the last good one: ${shared_config.reason}`,
    since: shared_config.failing_since,
    hint: "mend the file at the server; agents ask again every agent.shared_config_interval",
  }];
};

const clockOff: Rule = ({ server }, { options: { clock_off_by } }) => {
  const { clock_offset_s, clock_off_since: since } = server;
  if (clock_offset_s === null || Math.abs(clock_offset_s) * 1_000 < clock_off_by) return [];
  const side = clock_offset_s > 0 ? "behind" : "ahead of";
  return [{
    code: "clock_off",
    level: "degraded",
    subject: null,
    message: `This machine's clock is ${
      durationText(Math.abs(clock_offset_s))
    } ${side} the server's`,
    since,
    hint: "set the clock of whichever is wrong, and keep it set: timedatectl set-ntp true",
  }];
};

/** See {@linkcode Rule}. */
export const SERVER_RULES: readonly Rule[] = [
  credentialsRefused,
  certificateUntrusted,
  serverAway,
  stillStarting,
  eventsRefused,
  groupConfigStale,
  clockOff,
];
