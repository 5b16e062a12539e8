import assert from "node:assert/strict";
import { exportEvents } from "../../../src/manager/export_cli/export_events.ts";
import { ExportFile } from "../../../src/manager/export_cli/export_file.ts";
import { EventSource } from "../../../src/manager/export_cli/event_source.ts";
import { AgentError } from "../../../src/shared/errors.ts";
import { FakeClock, MemoryClock } from "../../support/fake_clock.ts";
import { TempFolder } from "../../support/queues.ts";
import { eventsBody, numbered, TestManager, type TestOptions } from "../harness.ts";

/** A manager with `events` events, and who asks it for them. */
async function openSource(events: number, options: TestOptions = {}, password = "topsecret") {
  const manager = await TestManager.open({ clock: new MemoryClock(), ...options });
  for (let first = 0; first < events; first += 10) {
    await manager.postEvents(
      eventsBody(manager.agentId, ...numbered(Math.min(10, events - first), first)),
    );
  }
  let away = 0;
  const source = new EventSource({
    url: "http://manager",
    user: "wazuh",
    password,
    fetch: (url, init) =>
      away-- > 0 ? Promise.reject(new TypeError("refused")) : manager.fetch(url, init),
  });
  return { manager, source, goAway: (requests: number) => void (away = requests) };
}

/** Exports to a file and ends. */
async function exportTo(path: string, { manager, source }: Awaited<ReturnType<typeof openSource>>) {
  using file = ExportFile.open(path);
  const warnings: string[] = [];
  await exportEvents({
    clock: manager.clock,
    source,
    after: file.last ?? "0",
    follow: false,
    write: (text) => file.write(text),
    warn: (text) => void warnings.push(text),
    signal: new AbortController().signal,
  });
  return warnings;
}

function numbersIn(path: string): number[] {
  return Deno.readTextFileSync(path).split("\n").slice(0, -1).map((line) =>
    JSON.parse(line).number
  );
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

Deno.test("manager export writes every event once, and goes on behind the last whole line of its file", async () => {
  using folder = new TempFolder();
  const path = `${folder.path}/events.ndjson`;
  const scene = await openSource(25);
  await using manager = scene.manager;
  await exportTo(path, scene);
  assert.deepEqual(numbersIn(path), upTo(25));
  await manager.postEvents(eventsBody(manager.agentId, ...numbered(7, 25)));
  const whole = Deno.readFileSync(path);
  for (const cut of [0, 1, 40, 400, whole.length - 3, whole.length]) {
    Deno.writeFileSync(path, whole.subarray(0, whole.length - cut));
    await exportTo(path, scene);
    assert.deepEqual(numbersIn(path), upTo(32), `cut by ${cut} bytes`);
  }
});

Deno.test("manager export leaves a file alone that is something else", () => {
  using folder = new TempFolder();
  const path = `${folder.path}/notes.txt`;
  for (const text of ["one\ntwo\n", "one\ntwo", "one", '{"a":1}\n{"b":']) {
    Deno.writeTextFileSync(path, text);
    assert.throws(() => ExportFile.open(path), /does not end with an exported event/);
    assert.equal(Deno.readTextFileSync(path), text);
  }
});

Deno.test("manager export says what is no longer kept", async () => {
  using folder = new TempFolder();
  const scene = await openSource(100, { keepEvents: 20 });
  await using _manager = scene.manager;
  const warnings = await exportTo(`${folder.path}/e`, scene);
  assert.deepEqual(warnings, ["80 events after number 0 are no longer kept"]);
  assert.deepEqual(numbersIn(`${folder.path}/e`), upTo(100).slice(80));
});

Deno.test("manager export --follow goes on with what comes, through an outage and the end of its token, until it is stopped", async () => {
  // Tokens are signed by other threads, which time has to wait for.
  const scene = await openSource(5, { tokenTtlMs: 20_000, clock: new FakeClock() });
  await using manager = scene.manager;
  const stopping = new AbortController();
  let text = "";
  const warnings: string[] = [];
  const exporting = exportEvents({
    clock: manager.clock,
    source: scene.source,
    after: "2",
    follow: true,
    write: (page) => void (text += page),
    warn: (warning) => void warnings.push(warning),
    signal: stopping.signal,
  });
  await manager.clock.advance(1_000);
  scene.goAway(1);
  await manager.clock.advance(6_000);
  assert.match(warnings.join(), /^Cannot reach http:\/\/manager: refused; trying again$/);
  await manager.clock.advance(60_000);
  await manager.renewToken();
  await manager.postEvents(eventsBody(manager.agentId, ...numbered(1, 5)));
  await manager.clock.advance(2_000);
  stopping.abort();
  assert.equal(await exporting, "6");
  const numbers = text.split("\n").slice(0, -1).map((line) => JSON.parse(line).number);
  assert.deepEqual(numbers, [3, 4, 5, 6]);
});

Deno.test("manager export ends when the password is wrong, also while it follows", async () => {
  const scene = await openSource(1, {}, "wrong");
  await using manager = scene.manager;
  await assert.rejects(
    () =>
      exportEvents({
        clock: manager.clock,
        source: scene.source,
        after: "0",
        follow: true,
        write: () => {},
        warn: () => {},
        signal: new AbortController().signal,
      }),
    (error: AgentError) => error.code === "credentials_refused" && /401/.test(error.message),
  );
});
