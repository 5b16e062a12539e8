import assert from "node:assert/strict";
import { parse } from "yaml";
import { metricsText } from "../../../src/agent/status/metrics.ts";
import { FULL } from "../../support/status_documents.ts";

const read = (path: string) => Deno.readTextFileSync(new URL(`../../../${path}`, import.meta.url));

/** Every metric that there is. */
async function names(): Promise<string[]> {
  const { text } = await metricsText(FULL);
  return [...text.matchAll(/^# TYPE (\w+) /gm)].map(([, name = ""]) => name);
}

function metricsIn(expressions: readonly string[]): string[] {
  const found = expressions.flatMap((expr) => expr.match(/\bagent_\w+/g) ?? []);
  return [...new Set(found)];
}

async function unknownIn(expressions: readonly string[]): Promise<string[]> {
  const known = await names();
  return metricsIn(expressions).filter((name) => !known.includes(name));
}

interface Rule {
  alert: string;
  expr: string;
  labels: { severity: string };
  annotations: { summary: string; description: string };
}

Deno.test("each alert rule has a severity and says what to do, and its metrics exist", async () => {
  const { groups } = parse(read("config/prometheus-alerts.yaml")) as {
    groups: { rules: Rule[] }[];
  };
  const rules = groups.flatMap((group) => group.rules);
  assert.ok(rules.length > 5);
  for (const { alert, labels, annotations } of rules) {
    assert.match(labels.severity, /^(warning|critical)$/, alert);
    assert.ok(annotations.summary && annotations.description, alert);
  }
  assert.deepEqual(await unknownIn(rules.map(({ expr }) => expr)), []);
});

Deno.test("each panel of the dashboard has a query, and its metrics exist", async () => {
  const { panels } = JSON.parse(read("config/grafana-dashboard.json")) as {
    panels: { id: number; title: string; targets: { expr: string }[] }[];
  };
  assert.ok(panels.length > 5);
  assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
  const expressions = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
  assert.ok(metricsIn(expressions).length > 10);
  assert.deepEqual(await unknownIn(expressions), []);
  assert.deepEqual(await unknownIn(["agent_nosuch_total"]), ["agent_nosuch_total"]);
});

Deno.test("docs/metrics.md names every metric, and no other", async () => {
  const known = await names();
  const told = [...read("docs/metrics.md").matchAll(/^\| `(agent_\w+)`/gm)].map(([, name]) => name);
  assert.deepEqual(told.toSorted(), known.toSorted());
});
