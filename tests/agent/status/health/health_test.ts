import assert from "node:assert/strict";
import { healthOf } from "../../../../src/agent/status/health/health.ts";
import type { HealthOptions, StatusFacts } from "../../../../src/agent/status/health/rule.ts";
import type { ModuleStatus } from "../../../../src/shared/protocol/part_status.ts";
import type { StateReport, StreamReport } from "../../../../src/shared/protocol/status_document.ts";
import { healthLines, statusText } from "../../../../src/agent/status/status_text.ts";
import {
  ago,
  documentOf,
  HEALTH,
  MODULE,
  NOW_MS,
  WELL,
} from "../../../support/status_documents.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const judge = (facts: StatusFacts, options: Partial<HealthOptions> = {}) =>
  healthOf(facts, { options: { ...HEALTH, ...options }, nowMs: NOW_MS });

const withState = (state: Partial<StateReport>): StatusFacts => ({
  ...WELL,
  state: { ...WELL.state, ...state },
});
const withQueue = (queue: Partial<StatusFacts["queue"]>): StatusFacts => ({
  ...WELL,
  queue: { ...WELL.queue, ...queue },
});
const withStream = (stream: Partial<StreamReport>): StatusFacts => ({
  ...WELL,
  streams: { ...WELL.streams, stateless: { ...WELL.streams.stateless, ...stream } },
});
const withModule = (module: Partial<ModuleStatus>): StatusFacts => ({
  ...WELL,
  modules: [{ ...MODULE, ...module }],
});
const away = (ms: number) =>
  withState({ name: "retrying", since: ago(ms), reason: "cannot connect", cause: "refused" });
const full = (ms: number) => withQueue({ full: true, full_since: ago(ms) });
const refusing = (ms: number): StatusFacts => ({
  ...withStream({ refused_since: ago(ms) }),
  state: { ...WELL.state, name: "events_refused", reason: "400" },
});
const problem = (code: "nothing_matches" | "unreadable") =>
  withModule({
    problems: [{
      code,
      subject: "/var/log/x",
      message: "it is so",
      since: ago(1),
      hint: "do this",
    }],
  });
const stalled: StatusFacts = {
  ...WELL,
  watchdog: [{
    part: "stream stateless",
    waits_for: "an answer",
    stalled_since: ago(MINUTE),
    rebuilds: 1,
    rebuilt_at: ago(1_000),
    rebuilt_for: "an answer",
  }],
};

/** What is so, the health, and the reason with its level. */
const CASES: [string, StatusFacts, string, string][] = [
  ["stopped", { ...WELL, running: false }, "failing", "failing not_running"],
  ["not registered", { ...WELL, agent: null }, "failing", "failing not_registered"],
  [
    "credentials refused",
    withState({ name: "refused", reason: "401" }),
    "failing",
    "failing credentials_refused",
  ],
  [
    "wrong CA",
    withState({
      name: "retrying",
      cause: "certificate",
      reason: "certificate of x is not trusted",
    }),
    "failing",
    "failing certificate_untrusted",
  ],
  ["away for a moment", away(MINUTE - 1), "healthy", "note server_away"],
  ["away for a minute", away(MINUTE), "degraded", "degraded server_away"],
  ["away for an hour", away(HOUR), "failing", "failing server_away"],
  [
    "answers with errors",
    withState({ name: "retrying", since: ago(MINUTE), reason: "503" }),
    "degraded",
    "degraded server_faulty",
  ],
  [
    "polls fail",
    {
      ...withState({ name: "retrying", since: ago(MINUTE), reason: "404" }),
      commands: { ...WELL.commands, state: "retrying", reason: "404" },
    },
    "degraded",
    "degraded commands_away",
  ],
  [
    "only polls break off, while events are acknowledged",
    {
      ...withState({ name: "retrying", since: ago(MINUTE), reason: "gone", cause: "unreachable" }),
      commands: { ...WELL.commands, state: "retrying", reason: "gone" },
      streams: {
        ...WELL.streams,
        stateless: { ...WELL.streams.stateless, last_acknowledged_at: ago(MINUTE / 2) },
      },
    },
    "degraded",
    "degraded commands_away",
  ],
  [
    "no log-in yet",
    withState({ name: "starting", since: ago(MINUTE) }),
    "degraded",
    "degraded server_away",
  ],
  ["refuses every event", refusing(0), "degraded", "degraded events_refused"],
  ["refuses every event for an hour", refusing(HOUR), "failing", "failing events_refused"],
  [
    "ten refused in a row",
    withStream({ dead_lettered_in_row: 10, last_dead_lettered_at: ago(1) }),
    "failing",
    "failing all_dead_lettered",
  ],
  [
    "one refused lately",
    withStream({ dead_lettered_in_row: 1, last_dead_lettered_at: ago(HOUR - 1) }),
    "degraded",
    "degraded dead_letters",
  ],
  ["one refused long ago", withQueue({ kept_dead_letters: 1 }), "healthy", "note dead_letters"],
  ["lost lately", withStream({ last_dropped_at: ago(1) }), "degraded", "degraded events_lost"],
  ["full for a moment", full(1), "healthy", "note queue_full"],
  ["full for a minute", full(MINUTE), "degraded", "degraded queue_full"],
  ["full for an hour", full(HOUR), "failing", "failing queue_full"],
  [
    "queue filling in events",
    withStream({ queued_events: 799 }),
    "degraded",
    "degraded queue_filling",
  ],
  [
    "queue filling in bytes",
    withStream({ queued_bytes: 7_900 }),
    "degraded",
    "degraded queue_filling",
  ],
  [
    "disk full",
    withQueue({ disk_low: true, full: true, full_since: ago(HOUR) }),
    "failing",
    "failing disk_full",
  ],
  ["disk filling", withQueue({ disk_free_bytes: 1e9 }), "degraded", "degraded disk_filling"],
  [
    "module failed",
    withModule({ state: "failed", reason: "r" }),
    "failing",
    "failing module_failed",
  ],
  [
    "one of two modules failed",
    { ...WELL, modules: [MODULE, { ...MODULE, name: "b", state: "failed", reason: "r" }] },
    "degraded",
    "degraded module_failed",
  ],
  [
    "module unavailable",
    withModule({ state: "unavailable", reason: "r" }),
    "degraded",
    "degraded module_unavailable",
  ],
  [
    "no module enabled",
    withModule({ enabled: false, state: "disabled", reason: "disabled by /a.yaml:1:2" }),
    "degraded",
    "degraded no_module_enabled",
  ],
  ["nothing matches", problem("nothing_matches"), "degraded", "degraded nothing_matches"],
  ["unreadable", problem("unreadable"), "degraded", "degraded unreadable"],
  [
    "metrics not served",
    { ...WELL, metrics: { listen: null, reason: "another program listens", since: ago(1) } },
    "degraded",
    "degraded metrics_not_served",
  ],
  [
    "systemd cannot be told",
    { ...WELL, service: { reason: "no such file", since: ago(1) } },
    "degraded",
    "degraded service_not_told",
  ],
  [
    "log not written",
    { ...WELL, log: { file: "/x/a.log", reason: "no space", since: ago(1), dropped_lines: 7 } },
    "degraded",
    "degraded log_not_written",
  ],
  [
    "copied machine",
    { ...WELL, agent: { id: "0197", name: "a", version: "1", groups: [], machine_changed: true } },
    "degraded",
    "degraded machine_copied",
  ],
  ["no progress", stalled, "failing", "failing no_progress"],
  [
    "a group's file that cannot be used",
    {
      ...WELL,
      shared_config: { ...WELL.shared_config, state: "failing", reason: "web.yml is gone" },
    },
    "degraded",
    "degraded group_config_stale",
  ],
  [
    "clock behind",
    { ...WELL, server: { ...WELL.server, clock_offset_s: 60 } },
    "degraded",
    "degraded clock_off",
  ],
  [
    "clock ahead",
    { ...WELL, server: { ...WELL.server, clock_offset_s: -60 } },
    "degraded",
    "degraded clock_off",
  ],
];

Deno.test("healthOf() is healthy without a reason when all is well", () => {
  assert.deepEqual(judge(WELL), { name: "healthy", since: null, reasons: [] });
});

for (const [name, facts, health, reason] of CASES) {
  Deno.test(`healthOf() gives health, reason, words and the next step: ${name}`, () => {
    const report = judge(facts);
    const told = report.reasons.map(({ level, code }) => `${level} ${code}`);
    assert.deepEqual([report.name, told], [health, [reason]]);
    for (const { message, hint } of report.reasons) {
      assert.match(`${message}; ${hint}`, /^.{5,}$/);
      assert.doesNotMatch(message + hint, /undefined|null|NaN/);
    }
  });
}

Deno.test("healthOf() follows the thresholds that are configured", () => {
  const names = [
    judge(away(MINUTE), { degraded_after: 2 * MINUTE }).name,
    judge(away(MINUTE), { failing_after: MINUTE }).name,
    judge(withStream({ queued_events: 799 }), { queue_used: 81 }).name,
    judge(withQueue({ disk_free_bytes: 1e9 }), { disk_headroom: 1 }).name,
    judge(withStream({ last_dropped_at: ago(1_000) }), { recent: 1_000 }).name,
    judge({ ...WELL, server: { ...WELL.server, clock_offset_s: 60 } }, { clock_off_by: HOUR }).name,
    judge(problem("nothing_matches"), { unmatched_location: "ignore" }).name,
    judge(problem("unreadable"), { unmatched_location: "ignore" }).name,
  ];
  const well = Array(5).fill("healthy");
  assert.deepEqual(names, ["healthy", "failing", ...well, "degraded"]);
});

Deno.test("healthOf() puts the worst first and tells since when the oldest of that level holds", () => {
  const { name, since, reasons } = judge({ ...full(2 * MINUTE), ...away(5 * MINUTE), agent: null });
  assert.deepEqual([name, reasons.map(({ code }) => code)], [
    "failing",
    ["not_registered", "server_away"],
  ]);
  assert.equal(since, null, "nobody knows since when it is not registered");
  const both = judge({ ...full(2 * MINUTE), state: away(5 * MINUTE).state });
  assert.deepEqual([both.name, both.since], ["degraded", ago(5 * MINUTE)]);
});

Deno.test("a clock that is off is told with since when", () => {
  const clock_off_since = ago(MINUTE);
  const { since } = judge({
    ...WELL,
    server: { ...WELL.server, clock_offset_s: 60, clock_off_since },
  });
  assert.equal(since, clock_off_since);
});

Deno.test("the hint for a connection that ends at a proxy is about the proxy", () => {
  const through = "(through the proxy http://proxy:3128)";
  const hint = (cause: StateReport["cause"], reason: string) =>
    judge(withState({ name: "retrying", since: ago(HOUR), cause, reason })).reasons[0]?.hint ?? "";
  assert.match(
    hint("refused", `connection refused ${through}`),
    /check agent\.proxy \(http:\/\/proxy/,
  );
  assert.match(hint("refused", "connection refused"), /check that the server runs/);
  assert.match(hint("proxy", `the proxy wants a password ${through}`), /user and password/);
});

Deno.test("the hint for a certificate that is out of date speaks of clocks, for a wrong name of the address, else of ca_cert", () => {
  const hints = ["it has expired", "it is for another host name", "it is not signed"].map((why) => {
    const reason = `certificate of https://m is not trusted: ${why}`;
    return judge(withState({ name: "retrying", cause: "certificate", reason })).reasons[0]?.hint;
  });
  assert.match(hints[0] ?? "", /clock/);
  assert.match(hints[1] ?? "", /agent\.server_url/);
  assert.match(hints[2] ?? "", /agent\.ca_cert/);
});

Deno.test("docs/status.md names every code of a reason", () => {
  const text = Deno.readTextFileSync("docs/status.md");
  const codes = Deno.readTextFileSync("src/shared/protocol/health.ts")
    .match(/(?<=^ {2}\| ")\w+(?=")/gm) ?? [];
  assert.ok(codes.length > 20);
  assert.deepEqual(codes.filter((code) => !text.includes(`\`${code}\``)), []);
});

Deno.test("statusText() begins with the health, and healthLines() is that alone", () => {
  const document = documentOf(away(2 * MINUTE));
  const lines = [
    "DEGRADED for 2 min 0 s, 1 reason",
    "- degraded server_away: The server does not answer: cannot connect (for 2 min 0 s)",
    "  Try: check that the server runs and listens where agent.server_url says " +
    "(https://manager.example:27000)",
  ];
  assert.equal(healthLines(document, NOW_MS), lines.map((line) => `${line}\n`).join(""));
  const text = statusText(document, NOW_MS).split("\n").map((line) => line.trimEnd());
  assert.deepEqual(text.slice(0, 3), [
    `health        ${lines[0]}`,
    `              ${lines[1]}`,
    `              ${lines[2]}`,
  ]);
  assert.match(statusText(documentOf(WELL), NOW_MS), /^health +healthy\nagent /);
  assert.match(
    text.join("\n"),
    /^queue +2 of 1000 events, 200 B of 9\.8 KiB; disk 46\.6 GiB of 93\.1 GiB free$/m,
  );
});
