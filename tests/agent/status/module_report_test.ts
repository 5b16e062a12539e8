import assert from "node:assert/strict";
import { metricsText } from "../../../src/agent/status/metrics.ts";
import {
  moduleReports,
  withEnabledBy,
  withProblems,
  withStates,
} from "../../../src/agent/status/module_report.ts";
import { statusText } from "../../../src/agent/status/status_text.ts";
import { stoppedStatus } from "../../../src/agent/status/stopped_status.ts";
import { MODULE, PACKAGES, STATUS_OPTIONS } from "../../support/status_documents.ts";
import type { ModuleStatus } from "../../../src/shared/protocol/part_status.ts";

const { since: SINCE } = MODULE;
const module = (changes: Partial<ModuleStatus>): ModuleStatus => ({
  ...MODULE,
  last_event_at: null,
  ...changes,
});

const off = module({ name: "fim", enabled: false, state: "disabled", events: 0, details: {} });

Deno.test("a disabled module says who disabled it", () => {
  const { enabled_by: _, ...rest } = off;
  const by = (source: "default" | "file", at: string | null) =>
    withEnabledBy(rest, { source, at }).reason;
  assert.equal(by("default", null), "not enabled by default");
  assert.equal(by("file", "/etc/a.yaml:1:2"), "disabled by /etc/a.yaml:1:2");
});

Deno.test("collectors are the enabled modules with the members of the first status documents", () => {
  const { modules, collectors } = moduleReports([module({}), off]);
  assert.deepEqual(modules.map(({ name }) => name), ["logcollector", "fim"]);
  assert.deepEqual(collectors, [{
    name: "logcollector",
    state: "running",
    since: SINCE,
    events: 7,
    groups: 2,
    last_event_at: null,
    last_error: null,
    details: { files: 3 },
  }]);
});

Deno.test("text and metrics tell of every module", async () => {
  const modules = [module({ last_error: "no disk" }), { ...off, reason: "not enabled by default" }];
  const left = { identity: undefined, queue: undefined, modules };
  const document = stoppedStatus(STATUS_OPTIONS, left, 0);
  const text = statusText(document, 0);
  assert.match(text, /^logcollector +running, 7 events; no disk$/m);
  assert.match(text, /^fim +disabled: not enabled by default$/m);
  const metrics = (await metricsText(document)).text;
  assert.match(metrics, /^agent_module_events_total\{module="logcollector"\} 7$/m);
  assert.match(metrics, /^agent_module_enabled\{module="fim"\} 0$/m);
  assert.match(metrics, /^agent_module_state\{module="logcollector",state="running"\} 1$/m);
  assert.match(metrics, /^agent_module_detail\{module="logcollector",detail="files"\} 3$/m);
});

const minded = { further: [], isMinded: () => true };

Deno.test("a module at work that has a problem is degraded, with the reason and the next step", () => {
  const problem = {
    code: "unreadable" as const,
    subject: "/var/log/a",
    message: "/var/log/a cannot be read",
    since: SINCE ?? "",
    hint: "chmod",
  };
  const shown = ({ state, reason, try: next }: ModuleStatus) => [state, reason, next];
  const lacking = module({ problems: [problem] });
  assert.deepEqual(shown(withProblems(lacking, minded)), ["degraded", problem.message, "chmod"]);
  const unminded = withProblems(lacking, { further: [], isMinded: () => false });
  assert.deepEqual([unminded.state, unminded.problems.length], ["running", 1]);
  const paused = withProblems(module({ ...lacking, state: "paused" }), minded);
  assert.equal(paused.state, "paused");
});

Deno.test("what became of documents counts as events; a part that was not seen degrades the module", () => {
  const known = withStates(module({ next_scan_at: null }), [PACKAGES]);
  assert.equal(known.events, 7 + 400 + 3 + 2 + 5);
  assert.equal(known.next_scan_at, PACKAGES.next_scan_at);
  assert.equal(withStates(module({}), [{ ...PACKAGES, scanning: true }]).state, "scanning");
  const part = { ...PACKAGES, last_scan_complete: false, last_scan_reason: "no permission" };
  const { state, reason, try: next } = withProblems(withStates(module({}), [part]), minded);
  assert.deepEqual([state, reason, next], [
    "degraded",
    "logcollector/packages was seen in part: no permission",
    "mend that, then: agent modules scan logcollector",
  ]);
  const away = { ...PACKAGES, pause_reason: "400: unknown", paused_until: SINCE };
  assert.match(withProblems(withStates(module({}), [away]), minded).reason ?? "", /400: unknown/);
});

Deno.test("a module that is disabled or paused has no next scan, whatever its collectors had planned", () => {
  const next = (changes: Partial<ModuleStatus>) => {
    const { next_scan_at, states = [] } = withStates(module(changes), [PACKAGES]);
    return [next_scan_at, states[0]?.next_scan_at];
  };
  const planned = PACKAGES.next_scan_at;
  assert.deepEqual(next({}), [planned, planned]);
  assert.deepEqual(next({ enabled: false, state: "disabled" }), [null, null]);
  assert.deepEqual(next({ state: "paused" }), [null, null]);
});
