import assert from "node:assert/strict";
import { createSupervisor, Supervisor } from "../../../src/agent/service/supervisor.ts";
import { DatagramReceiver } from "../../support/datagram_receiver.ts";
import { TempFolder } from "../../support/queues.ts";

function recorded({ watchdogMs }: { watchdogMs?: number } = {}) {
  const sent: string[] = [];
  let isAway = false;
  const supervisor = new Supervisor({
    watchdogMs,
    now: () => Date.UTC(2026, 0, 1),
    send: (text) => {
      if (isAway) throw new Error("nobody is there");
      sent.push(text);
    },
  });
  const beat = (nowMs: number, { helpless, status = "healthy" }: {
    helpless?: string;
    status?: string;
  } = {}) => {
    supervisor.tell({ nowMs, helpless, status: () => status });
    return sent.splice(0);
  };
  return { supervisor, sent, beat, away: (is: boolean) => void (isAway = is) };
}

Deno.test("Supervisor tells of start, reload and stop", () => {
  const { supervisor, sent } = recorded();
  supervisor.ready();
  supervisor.reloading();
  supervisor.ready();
  supervisor.stopping();
  assert.deepEqual(sent, [
    "READY=1\n",
    "RELOADING=1\n",
    "READY=1\n",
    "STOPPING=1\nSTATUS=Stopping\n",
  ]);
});

Deno.test("Supervisor tells with a later beat what could not be told", () => {
  const { supervisor, beat, away } = recorded({ watchdogMs: 4_000 });
  away(true);
  supervisor.ready();
  assert.deepEqual(beat(0), []);
  assert.deepEqual(supervisor.status(), {
    reason: "nobody is there",
    since: "2026-01-01T00:00:00.000Z",
  });
  away(false);
  assert.deepEqual(beat(1), ["READY=1\nWATCHDOG=1\nSTATUS=healthy\n"]);
  assert.deepEqual(supervisor.status(), { reason: null, since: null });
});

Deno.test("Supervisor gives a sign of life four times within the time limit, and none without one", () => {
  const { beat } = recorded({ watchdogMs: 20_000 });
  const fedAt = [];
  for (let nowMs = 0; nowMs <= 20_000; nowMs += 1_000) {
    if (beat(nowMs).join().includes("WATCHDOG=1")) fedAt.push(nowMs);
  }
  assert.deepEqual(fedAt, [0, 5_000, 10_000, 15_000, 20_000]);
  assert.deepEqual(recorded().beat(0), ["STATUS=healthy\n"]);
});

Deno.test("Supervisor gives no sign of life while a part is helpless", () => {
  const { beat } = recorded({ watchdogMs: 4_000 });
  beat(0);
  assert.deepEqual(beat(5_000, { helpless: "stream stateless" }), []);
  assert.deepEqual(beat(6_000), ["WATCHDOG=1\n"]);
});

Deno.test("Supervisor tells a status that has changed, at most every ten seconds", () => {
  const { beat } = recorded();
  assert.deepEqual(beat(0, { status: "a" }), ["STATUS=a\n"]);
  assert.deepEqual(beat(9_000, { status: "b" }), []);
  assert.deepEqual(beat(10_000, { status: "b" }), ["STATUS=b\n"]);
  assert.deepEqual(beat(20_000, { status: "b" }), []);
});

Deno.test("createSupervisor talks to the socket that NOTIFY_SOCKET names", () => {
  using folder = new TempFolder();
  using receiver = new DatagramReceiver(folder.file("notify"));
  createSupervisor({ NOTIFY_SOCKET: receiver.address })?.ready();
  assert.deepEqual(receiver.received(), ["READY=1\n"]);
});

Deno.test("createSupervisor knows nobody without NOTIFY_SOCKET, or with one that is no address", () => {
  for (const NOTIFY_SOCKET of [undefined, "", "notify", "vsock:2:1234"]) {
    assert.equal(createSupervisor({ NOTIFY_SOCKET }), undefined);
  }
});

Deno.test("createSupervisor takes the watchdog for its own process only", () => {
  using folder = new TempFolder();
  using receiver = new DatagramReceiver(folder.file("notify"));
  const fed = (env: Record<string, string>) => {
    const variables = { NOTIFY_SOCKET: receiver.address, WATCHDOG_USEC: "4000000", ...env };
    const supervisor = createSupervisor(variables, { pid: 17 });
    supervisor?.tell({ nowMs: 0, helpless: undefined, status: () => "" });
    return receiver.received().length > 0;
  };
  assert.equal(fed({}), true);
  assert.equal(fed({ WATCHDOG_PID: "17" }), true);
  assert.equal(fed({ WATCHDOG_PID: "18" }), false);
  assert.equal(fed({ WATCHDOG_USEC: "soon" }), false);
});
