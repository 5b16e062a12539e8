import assert from "node:assert/strict";
import { READ_INTERVAL_MS, RELOAD_INTERVAL_MS } from "../../support/log_folder.ts";
import { follow } from "../../support/one_location.ts";

Deno.test("include_lines and exclude_lines choose events by all of their lines, and are counted", async () => {
  await using folder = follow({
    multiline: { start: "^#", timeout: 1 },
    include_lines: ["ERROR", "WARN"],
    exclude_lines: ["harmless"],
  });
  folder.append("app.log", "#1\n ERROR\n#2 INFO\n#3 WARN\n harmless\n#4 WARN\n");
  await folder.start();
  await folder.pass(2 * READ_INTERVAL_MS);
  assert.deepEqual(folder.sink.lines, ["#1\n ERROR", "#4 WARN"]);
  assert.equal(folder.report.details.filtered_events, 2);
});

Deno.test("fields and labels are in every event and outweigh what the line says", async () => {
  await using folder = follow({
    parse: "json",
    fields: { service: { name: "shop" }, event: { dataset: "shop.app", original: "forged" } },
    labels: { team: "payments", tier: 2 },
  });
  folder.append("app.log", '{"service":{"name":"x","version":"1"},"labels":{"a":"b"}}\n');
  await folder.start();
  const [event] = folder.sink.events.map(({ data }) => data as unknown as Record<string, unknown>);
  assert.deepEqual(event?.service, { name: "shop", version: "1" });
  assert.deepEqual(event?.labels, { a: "b", team: "payments", tier: 2 });
  assert.equal((event?.event as Record<string, unknown>).dataset, "shop.app");
  assert.notEqual((event?.event as Record<string, unknown>).original, "forged");
});

Deno.test("redact: nothing of a secret is in what is stored, also escaped in JSON or with broken quotes", async () => {
  await using folder = follow({
    format: "json",
    redact: ["tokens", "cards", { pattern: "patient \\d+", with: "patient X" }],
  });
  const lines = [
    '{"msg":"pass\\u0077ord=hunter2secret"}',
    '{"card":4111111111111111,"msg":"patient 17"}',
    '{"token":"hunter2secret","nested":{"list":[{"password":"hunter2secret"}]}}',
    "no JSON password=hunter2secret",
  ];
  folder.append("app.log", lines.map((line) => `${line}\n`).join(""));
  await folder.start();
  const stored = JSON.stringify(folder.sink.events) + JSON.stringify(folder.sink.losses);
  assert.equal(folder.sink.events.length, 4);
  for (const secret of ["hunter2", "4111", "patient 17"]) {
    assert.ok(!stored.includes(secret), stored);
  }
  assert.ok((folder.report.details.redactions ?? 0) >= 6);
});

Deno.test("max_rate lets lines wait in the file, and loses none", async () => {
  await using folder = follow({ max_rate: 1 }, { readIntervalMs: 1_000 });
  folder.append("app.log", "1\n2\n3\n4\n");
  await folder.start();
  assert.deepEqual(folder.sink.lines, ["1"]);
  assert.ok((folder.files[0]?.lag_bytes ?? 0) > 0);
  await folder.pass(10_000);
  assert.deepEqual(folder.sink.lines, ["1", "2", "3", "4"]);
  assert.ok((folder.report.details.rate_waits ?? 0) > 0);
  assert.deepEqual(folder.sink.losses, []);
});

Deno.test("max_rate with over_rate: drop leaves out what is beyond, and tells how much", async () => {
  await using folder = follow({ max_rate: 2, over_rate: "drop" });
  folder.append("app.log", "1\n2\n3\n4\n");
  await folder.start();
  assert.deepEqual(folder.sink.lines, ["1", "2"]);
  const [loss] = folder.sink.losses;
  assert.deepEqual(loss, {
    events: 2,
    bytes: 4,
    reason: "more lines a second than max_rate",
    detail: folder.file("app.log"),
  });
  assert.equal(folder.report.details.rate_dropped_events, 2);
});

Deno.test("close_idle closes a quiet file, and goes on where it ended once it is written", async () => {
  await using folder = follow({ close_idle: 2 * RELOAD_INTERVAL_MS });
  folder.append("app.log", "one\n");
  await folder.start();
  await folder.pass(3 * RELOAD_INTERVAL_MS);
  assert.equal(folder.report.details.files, 0);
  const [{ state, position_bytes, lag_bytes } = {}] = folder.files;
  assert.deepEqual([state, position_bytes, lag_bytes], ["closed", 4, 0]);
  folder.append("app.log", "two\n");
  await folder.pass(RELOAD_INTERVAL_MS);
  assert.deepEqual([folder.sink.lines, folder.report.details.files], [["one", "two"], 1]);
});

Deno.test("close_idle loses nothing of a file that is rotated while it is closed", async () => {
  await using folder = follow({ close_idle: RELOAD_INTERVAL_MS });
  folder.append("app.log", "one\n");
  await folder.start();
  await folder.pass(3 * RELOAD_INTERVAL_MS);
  folder.append("app.log", "two\n");
  folder.rename("app.log", "app.log.1");
  folder.append("app.log", "three\n");
  await folder.pass(4 * RELOAD_INTERVAL_MS);
  assert.deepEqual(folder.sink.lines, ["one", "two", "three"]);
  assert.deepEqual(folder.sink.losses, []);
});

Deno.test("age_limit reads of an old file only what is written from now on", async () => {
  await using folder = follow({ location: "*.log", age_limit: RELOAD_INTERVAL_MS });
  folder.append("old.log", "old\n");
  folder.append("young.log", "young\n");
  Deno.utimeSync(folder.file("old.log"), 0, new Date(folder.clock.now() - 2 * RELOAD_INTERVAL_MS));
  Deno.utimeSync(folder.file("young.log"), 0, new Date(folder.clock.now()));
  await folder.start();
  assert.deepEqual([folder.sink.lines, folder.report.details.files], [["young"], 1]);
  folder.append("old.log", "new\n");
  await folder.pass(2 * RELOAD_INTERVAL_MS);
  assert.deepEqual(folder.sink.lines, ["young", "new"]);
});

Deno.test("options of one location hold for its files only", async () => {
  await using folder = follow({});
  folder.append("a.log", "#1\n more\n");
  folder.append("b.log", "#1\n more\n");
  const localfiles = [
    { location: folder.file("a.log"), multiline: { start: "^#", timeout: 1 } },
    { location: folder.file("*.log") },
  ];
  await folder.start({ localfiles });
  await folder.pass(2 * READ_INTERVAL_MS);
  assert.deepEqual(folder.sink.lines.toSorted(), [" more", "#1", "#1\n more"]);
});

Deno.test("a half written object is not cut when the file is quiet", async () => {
  await using folder = follow({ format: "json" }, { partialIdleMs: READ_INTERVAL_MS });
  folder.append("app.log", '{"msg":');
  await folder.start();
  await folder.pass(4 * READ_INTERVAL_MS);
  folder.append("app.log", '"whole"}\n');
  await folder.pass();
  assert.deepEqual(folder.sink.lines, ['{"msg":"whole"}']);
});

Deno.test("an object of Docker's that is nested beyond measure is read as any other", async () => {
  await using folder = follow({ format: "docker" });
  const attrs = '{"a":'.repeat(5_000) + "1" + "}".repeat(5_000);
  folder.append("app.log", `{"log":"deep\\n","stream":"stdout","attrs":${attrs}}\n`);
  await folder.start();
  assert.deepEqual(folder.sink.lines, ["deep"]);
});

Deno.test("a whole object without a newline is given once the file is quiet, and nothing is made of the newline", async () => {
  await using folder = follow({ format: "json" }, { partialIdleMs: READ_INTERVAL_MS });
  folder.append("app.log", '{"msg":"whole"}');
  await folder.start();
  await folder.pass(3 * READ_INTERVAL_MS);
  assert.deepEqual(folder.sink.lines, ['{"msg":"whole"}']);
  folder.append("app.log", '\n{"msg":"next"}\n');
  await folder.pass();
  assert.deepEqual(folder.sink.lines.slice(1), ['{"msg":"next"}']);
});

Deno.test("a last line of a container without a newline is given once the file is quiet", async () => {
  await using folder = follow({ format: "cri" }, { partialIdleMs: READ_INTERVAL_MS });
  folder.append("app.log", "2026-11-26T01:02:03Z stdout F last words");
  await folder.start();
  await folder.pass(3 * READ_INTERVAL_MS);
  assert.deepEqual(folder.sink.lines, ["last words"]);
});
