import assert from "node:assert/strict";
import { metricsText } from "../../../src/agent/status/metrics.ts";
import { moduleReports, withEnabledBy } from "../../../src/agent/status/module_report.ts";
import { statusText } from "../../../src/agent/status/status_text.ts";
import { stoppedStatus } from "../../../src/agent/status/stopped_status.ts";
import { MODULE, STATUS_OPTIONS } from "../../support/status_documents.ts";
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
