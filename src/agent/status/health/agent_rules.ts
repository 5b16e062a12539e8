/**
 * Whether there is an agent at all, and whether its parts get on.
 *
 * @module
 */

import type { Rule } from "./rule.ts";

const notRegistered: Rule = ({ agent }) => {
  if (agent !== null) return [];
  return [{
    code: "not_registered",
    level: "failing",
    subject: null,
    message: "This machine is not registered at a server",
    since: null,
    hint: "register it: agent register --url https://MANAGER:55000 --user NAME",
  }];
};

const notRunning: Rule = ({ running, agent }) => {
  if (running) return [];
  return [{
    code: "not_running",
    level: "failing",
    subject: null,
    message: "No agent runs on this data folder",
    since: null,
    hint: agent === null
      ? "register first, then start it"
      : "start it: agent run, or as a service: systemctl start agent; agent doctor says what is in its way",
  }];
};

const machineCopied: Rule = ({ agent, running }) => {
  if (agent?.machine_changed !== true) return [];
  return [{
    code: "machine_copied",
    level: "degraded",
    subject: null,
    message: "This machine is a copy of the one that the agent was registered on" +
      (running ? ", and both speak as one" : ""),
    since: null,
    hint: `make it an agent of its own: ${
      running ? "stop it, then " : ""
    }agent register --force with another --name`,
  }];
};

const noProgress: Rule = ({ watchdog }) =>
  watchdog.filter(({ stalled_since }) => stalled_since !== null).map((report) => ({
    code: "no_progress",
    level: "failing",
    subject: report.part,
    message: `${report.part} makes no progress; it waits for ${report.waits_for}`,
    since: report.stalled_since,
    hint: "it is rebuilt by itself; if that does not help, restart the agent",
  }));

const metricsNotServed: Rule = ({ metrics: { reason, since } }) => {
  if (reason === null) return [];
  return [{
    code: "metrics_not_served",
    level: "degraded",
    subject: null,
    message: `No metrics are served: ${reason}`,
    since,
    hint:
      "free the port, and within half a minute they are; or give metrics.listen another address " +
      "of this machine, then: agent reload",
  }];
};

const logNotWritten: Rule = ({ log: { file, reason, since } }) => {
  if (reason === null) return [];
  return [{
    code: "log_not_written",
    level: "degraded",
    subject: file,
    message: `The log cannot be written to "${file}": ${reason}`,
    since,
    hint: "make its folder one that the agent's user can write, with room on its disk: " +
      `ls -ld ${folderOf(file)}; df -h ${folderOf(file)}`,
  }];
};

const serviceNotTold: Rule = ({ service: { reason, since } }) => {
  if (reason === null) return [];
  return [{
    code: "service_not_told",
    level: "degraded",
    subject: null,
    message: `The service manager cannot be told how the agent is: ${reason}`,
    since,
    hint:
      "it will take the agent for stuck: systemctl edit agent, with Type=exec and WatchdogSec=0 " +
      "below [Service], does without",
  }];
};

/** An agent of an older version does not say. */
const responseNotReverted: Rule = ({ responses }) =>
  (responses?.failing ?? []).slice(0, 1).map(({ key, failure, next_try_at }) => ({
    code: "response_not_reverted",
    level: "degraded",
    subject: key,
    message: `A response that is over is still in effect: ${failure}` +
      (next_try_at === null ? "" : `; tried again at ${next_try_at}`),
    since: null,
    hint: "mend what it says, then: agent responses revert --all; agent responses lists them",
  }));

function folderOf(file: string | null): string {
  return (file ?? "").replace(/[\\/][^\\/]*$/, "");
}

/** See {@linkcode Rule}. */
export const AGENT_RULES: readonly Rule[] = [
  notRegistered,
  notRunning,
  machineCopied,
  noProgress,
  metricsNotServed,
  logNotWritten,
  serviceNotTold,
  responseNotReverted,
];
