import assert from "node:assert/strict";
import { metricsText } from "../../../src/agent/status/metrics.ts";
import { ago, documentOf, FULL, WELL } from "../../support/status_documents.ts";

/** `value` with another number in each place, and where each stands. Collectors repeat what modules say. */
function numbered<T>(value: T): { value: T; places: Map<number, string> } {
  const places = new Map<number, string>();
  const visit = (part: unknown, path: string): unknown => {
    if (typeof part === "number" && path !== ".schema" && !path.startsWith(".collectors")) {
      const unique = 1_000_003 + 7 * places.size;
      places.set(unique, path);
      return unique;
    }
    if (Array.isArray(part)) return part.map((each, index) => visit(each, `${path}[${index}]`));
    if (typeof part !== "object" || part === null) return part;
    return Object.fromEntries(
      Object.entries(part).map(([key, each]) => [key, visit(each, `${path}.${key}`)]),
    );
  };
  return { value: visit(value, "") as T, places };
}

function samplesOf(text: string): { name: string; value: number }[] {
  return text.split("\n").filter((line) => line !== "" && !line.startsWith("#")).map((line) => {
    const [, name = "", value] = /^(\w+)(?:\{.*\})? (\S+)$/.exec(line) ?? [];
    return { name, value: Number(value) };
  });
}

Deno.test("every number of the status document is in the metrics", async () => {
  const { value, places } = numbered(FULL);
  assert.ok(places.size > 50);
  const { text } = await metricsText(value);
  const told = new Set(samplesOf(text).map((sample) => sample.value));
  const inMetrics = ([number, path]: [number, string]) =>
    told.has(path.endsWith("_ms") ? number / 1_000 : number);
  const missing = [...places].filter((place) => !inMetrics(place)).map(([, path]) => path);
  assert.deepEqual(missing, []);
});

Deno.test("every metric is named by the conventions, and has its help and its type", async () => {
  const { text } = await metricsText(FULL);
  const names = new Set(samplesOf(text).map(({ name }) => name));
  for (const name of names) {
    const type = new RegExp(`^# TYPE ${name} (\\w+)$`, "m").exec(text)?.[1];
    assert.match(text, new RegExp(`^# HELP ${name} \\S`, "m"));
    assert.match(name, /^agent_[a-z][a-z0-9_]*$/);
    assert.equal(type, name.endsWith("_total") ? "counter" : "gauge", name);
    assert.doesNotMatch(name, /_(s|ms|seconds_total|kib|mb|percent)$/, "base units only");
  }
  assert.match(
    text,
    /^agent_build_info\{version="[^"]+",runtime="[^"]+",os="\w+",arch="\w+",status_schema="1"\} 1$/m,
  );
});

Deno.test("health, state, a full queue and refused events are metrics", async () => {
  const facts = { ...WELL, queue: { ...WELL.queue, full: true, full_since: ago(120_000) } };
  const { text } = await metricsText(documentOf(facts));
  for (
    const line of [
      'agent_health{health="degraded"} 1',
      'agent_health{health="healthy"} 0',
      'agent_health_reason{code="queue_full",level="degraded",subject=""} 1',
      'agent_state{state="connected"} 1',
      'agent_state{state="queue_full"} 0',
      "agent_queue_full 1",
      'agent_events_refused{stream="stateless"} 0',
      'agent_module_state{module="logcollector",state="running"} 1',
      'agent_module_state{module="logcollector",state="failed"} 0',
    ]
  ) assert.ok(text.split("\n").includes(line), `${line}\n${text}`);
});

Deno.test("what nobody knows is no sample", async () => {
  const facts = { ...WELL, server: { ...WELL.server, clock_offset_s: null } };
  const { text } = await metricsText(documentOf(facts));
  assert.doesNotMatch(text, /^agent_clock_offset_seconds /m);
});
