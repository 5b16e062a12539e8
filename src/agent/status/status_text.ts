/**
 * The status document for people.
 *
 * @module
 */

import type { HealthReason } from "../../shared/protocol/health.ts";
import type { StatusDocument, StreamReport } from "../../shared/protocol/status_document.ts";
import type { ModuleStatus, StateStatus, WatchReport } from "../../shared/protocol/part_status.ts";
import { durationText, pluralize, sizeText, visible } from "../../shared/text.ts";

/** Lines for a terminal; times are told as ages. */
export function statusText(document: StatusDocument, nowMs: number): string {
  const rows: [string, string][] = [
    ["health", healthText(document, nowMs)],
    ...document.health.reasons.flatMap((reason) => reasonRows(reason, nowMs)),
    ["agent", agentText(document)],
    ["state", stateText(document, nowMs)],
  ];
  if (document.running) {
    rows.push(
      ["process", `pid ${document.pid}, up ${durationText(document.uptime_s ?? 0)}`],
      ["server", serverText(document.server)],
      ["token", tokenText(document, nowMs)],
      ["last batch", lastBatchText(document, nowMs)],
      ["commands", commandsText(document)],
    );
  }
  // An agent that was upgraded and not restarted yet does not say.
  const shared: StatusDocument["shared_config"] | undefined = document.shared_config;
  if (shared !== undefined && shared.state !== "none") {
    rows.push(["groups", sharedConfigText(document, nowMs)]);
  }
  const responses = responsesText(document);
  if (responses !== undefined) rows.push(["responses", responses]);
  rows.push(["queue", queueText(document)]);
  for (const [name, stream] of document.queue.unreadable ? [] : Object.entries(document.streams)) {
    rows.push([name, streamText(stream)]);
  }
  for (const module of document.modules) {
    rows.push([module.name, moduleText(module, nowMs)]);
    for (const state of module.states ?? []) rows.push(["", documentsText(state)]);
  }
  const upgrade = upgradeText(document, nowMs);
  if (upgrade !== undefined) rows.push(["upgrade", upgrade]);
  for (const warning of document.configuration.warnings) rows.push(["warning", warning]);
  for (const report of document.watchdog.filter(hasStalled)) {
    rows.push(["watchdog", watchText(report, nowMs)]);
  }
  const width = Math.max(...rows.map(([label]) => visible(label).length));
  return rows.map(([label, text]) => `${visible(label).padEnd(width)}  ${visible(text)}\n`).join(
    "",
  );
}

/** All in one line, for whoever collects it. */
export function statusLine(document: StatusDocument, nowMs: number): string {
  const { health, state, streams } = document;
  const reports = Object.values(streams);
  const sum = (of: (report: StreamReport) => number) =>
    reports.reduce((total, report) => total + of(report), 0);
  const codes = health.reasons.filter(({ level }) => level !== "note").map(({ code }) => code);
  const why = codes.length === 0 ? "" : ` (${codes.join(", ")})`;
  const queued = `${pluralize(sum((report) => report.queued_events), "event")}, ` +
    sizeText(sum((report) => report.queued_bytes));
  const acknowledged = sum((report) => report.acknowledged_events);
  return `${
    new Date(nowMs).toISOString()
  } ${health.name}${why}, ${state.name}; ${queued} queued, ` +
    `${acknowledged} acknowledged\n`;
}

/** The health alone, for whoever only asks whether all is well. */
export function healthLines(document: StatusDocument, nowMs: number): string {
  const rows = document.health.reasons.flatMap((reason) => reasonRows(reason, nowMs));
  const lines = [healthText(document, nowMs), ...rows.map(([, text]) => text)];
  return lines.map((line) => `${visible(line)}\n`).join("");
}

/** An agent that was upgraded and not restarted yet says neither which one is in use nor by which proxy. */
function serverText({ url, in_use, proxy }: StatusDocument["server"]): string {
  const used = !url.includes(",") || !in_use ? url : `${in_use}, of ${url.replaceAll(",", ", ")}`;
  return proxy ? `${used}, through the proxy ${proxy}` : used;
}

function healthText({ health: { name, since, reasons } }: StatusDocument, nowMs: number): string {
  const counted = reasons.filter(({ level }) => level !== "note").length;
  if (counted === 0) return name;
  const lasting = since === null ? "" : ` for ${age(since, nowMs)}`;
  return `${name.toUpperCase()}${lasting}, ${pluralize(counted, "reason")}`;
}

function reasonRows(reason: HealthReason, nowMs: number): [string, string][] {
  const { code, level, message, since, hint } = reason;
  const lasting = since === null ? "" : ` (for ${age(since, nowMs)})`;
  return [["", `- ${level} ${code}: ${message}${lasting}`], ["", `  Try: ${hint}`]];
}

function agentText({ agent }: StatusDocument): string {
  if (agent === null) return "not registered";
  const groups = agent.groups.length === 0 ? "" : `, groups ${agent.groups.join(", ")}`;
  return `${agent.name} (${agent.id}), version ${agent.version}${groups}`;
}

function stateText({ state }: StatusDocument, nowMs: number): string {
  const since = state.since === null ? "" : ` for ${age(state.since, nowMs)}`;
  const reason = state.reason === null ? "" : `: ${state.reason}`;
  const next = state.next_try_at === null
    ? ""
    : `, next try in ${durationText(Math.max(0, Date.parse(state.next_try_at) - nowMs) / 1000)}`;
  return `${state.name}${since}${reason}${next}`;
}

/** Nothing of an agent that was never upgraded; one of an older version does not say. */
function upgradeText(document: StatusDocument, nowMs: number): string | undefined {
  const upgrade: StatusDocument["upgrade"] | undefined = document.upgrade;
  if (upgrade === undefined) return undefined;
  const { state, to, percent, last_result: last } = upgrade;
  if (to !== null) return `to ${to}: ${state}${percent === null ? "" : `, ${percent} %`}`;
  if (state === "on_trial") return "on trial, watched by the version before";
  if (last === null) return undefined;
  const outcome = last.code === 0 ? "" : `FAILED (${last.reason}): `;
  return `${outcome}${last.message}, ${age(last.at, nowMs)} ago`;
}

function tokenText({ server: { token } }: StatusDocument, nowMs: number): string {
  if (token.expires_at === null) return token.state;
  const left = (Date.parse(token.expires_at) - nowMs) / 1000;
  return `${token.state}, expires in ${durationText(Math.max(0, left))}`;
}

function lastBatchText(
  { server: { last_acknowledged_batch: last } }: StatusDocument,
  nowMs: number,
) {
  if (last === null) return "none acknowledged yet";
  return `${pluralize(last.events, `${last.stream} event`)}, ${last.id}, status ${last.status}, ` +
    `${age(last.at, nowMs)} ago`;
}

/** Such as `web.yml, linux.yml; at the server 3 min 5 s ago`. */
function sharedConfigText({ shared_config: shared }: StatusDocument, nowMs: number): string {
  const { state, files, confirmed_at, reason } = shared;
  const names = files.length === 0
    ? "no files"
    : files.map(({ group }) => `${group}.yml`).join(", ");
  const confirmed = confirmed_at === null
    ? ""
    : `, as the server had them ${age(confirmed_at, nowMs)} ago`;
  switch (state) {
    case "failing":
      return `${names}${confirmed}; NOT UP TO DATE: ${reason}`;
    case "not_allowed":
      return `${names}${confirmed}; not fetched: ${reason}`;
    case "pending":
      return `${names}${confirmed}; the server was not asked yet`;
    default:
      return `${names}${confirmed}`;
  }
}

/** `undefined` when nothing is enabled; an agent of an older version does not say. */
function responsesText({ responses }: StatusDocument): string | undefined {
  const { active = 0, reverting = 0, failing = [] } = responses ?? {};
  if (active + reverting === 0) return undefined;
  const [first] = failing;
  const problem = first === undefined
    ? ""
    : `; NOT REVERTED: ${first.key} (${first.failure}, tried ${
      first.attempts === 1 ? "once" : `${first.attempts} times`
    })`;
  return `${active} active, ${reverting} to be reverted${problem}`;
}

function commandsText({ commands }: StatusDocument): string {
  const { state, reason, received, running, succeeded, failed } = commands;
  const why = reason === null ? "" : `: ${reason}`;
  return `${state}${why}; ${received} received, ${running} running, ${succeeded} succeeded, ` +
    `${failed} failed`;
}

function diskText({ queue: { disk_free_bytes: free, disk_total_bytes: total } }: StatusDocument) {
  if (free === null || total === null) return "";
  return `; disk ${sizeText(Math.max(0, free))} of ${sizeText(total)} free`;
}

function queueText(document: StatusDocument): string {
  const { queue, streams } = document;
  if (queue.unreadable) return `CANNOT BE READ${diskText(document)}`;
  const reports = Object.values(streams);
  const events = reports.reduce((sum, { queued_events }) => sum + queued_events, 0);
  const bytes = reports.reduce((sum, { queued_bytes }) => sum + queued_bytes, 0);
  const full = queue.disk_low
    ? ", DISK NEARLY FULL: collectors wait"
    : queue.full
    ? ", FULL: collectors wait"
    : "";
  return `${events} of ${queue.max_events} events, ${sizeText(bytes)} of ${
    sizeText(queue.max_bytes)
  }${full}${diskText(document)}`;
}

function streamText(stream: StreamReport): string {
  const oldest = stream.oldest_age_s === null
    ? ""
    : `, oldest ${durationText(stream.oldest_age_s)}`;
  return `${stream.pending_events} pending, ${stream.batched_events} in batches${oldest}; ` +
    `${stream.acknowledged_events} acknowledged, ${
      pluralize(stream.retried_batches, "retry", "retries")
    }, ` +
    `${pluralize(stream.dead_lettered_events, "dead letter")}, ${stream.dropped_events} dropped`;
}

function moduleText(
  { state, reason, events, last_error, last_event_at }: ModuleStatus,
  nowMs: number,
) {
  const rests = state === "disabled" || state === "unavailable" || state === "paused";
  if (rests) return `${state}: ${reason}`;
  const last = last_event_at === null ? "" : `, last ${age(last_event_at, nowMs)} ago`;
  const why = last_error ?? (state === "degraded" ? reason : null);
  const error = why === null ? "" : `; ${why}`;
  return `${state}, ${pluralize(events, "event")}${last}${error}`;
}

function documentsText(state: StateStatus): string {
  const { collector, items, pending, refused, over_limit, in_sync } = state;
  const parts = [
    pluralize(items, "document"),
    ...(pending > 0 ? [`${pending} to be told`] : []),
    ...(refused > 0 ? [`${refused} REFUSED (${state.last_refusal})`] : []),
    ...(over_limit > 0 ? [`${over_limit} OVER THE LIMIT`] : []),
    ...(state.last_scan_complete === false ? [`SEEN IN PART: ${state.last_scan_reason}`] : []),
    ...(state.paused_until === null
      ? []
      : [`NOT TAKEN by the server until ${state.paused_until}: ${state.pause_reason}`]),
    ...(in_sync === "unknown" ? [] : [in_sync === "yes" ? "the server has them" : "NOT IN SYNC"]),
  ];
  return `- ${collector}: ${parts.join(", ")}`;
}

function hasStalled({ stalled_since, rebuilds }: WatchReport): boolean {
  return stalled_since !== null || rebuilds > 0;
}

function watchText(report: WatchReport, nowMs: number): string {
  const { part, waits_for, stalled_since, rebuilds, rebuilt_at, rebuilt_for } = report;
  const now = stalled_since === null
    ? `${part} makes progress`
    : `${part} MAKES NO PROGRESS for ${age(stalled_since, nowMs)}, waits for ${waits_for}`;
  const last = rebuilt_at === null
    ? ""
    : `, last ${age(rebuilt_at, nowMs)} ago because it waited for ${rebuilt_for}`;
  return `${now}; rebuilt ${pluralize(rebuilds, "time")}${last}`;
}

function age(iso: string, nowMs: number): string {
  return durationText(Math.max(0, nowMs - Date.parse(iso)) / 1000);
}
