/**
 * What the manager's page costs with 10,000 agents: how long until a view's first byte, how large it is, and what 50 open pages take of
 * the events that come in.
 *
 * Rounds without and with open pages run in turn; the browsers are a process of their own, so what is told is the manager's cost, and
 * that of the one who sends.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import process from "node:process";
import { startManager } from "../../src/manager/server.ts";
import type { Manager } from "../../src/manager/manager.ts";

const AGENTS = 10_000;
const PAGES = 50;
const LOOKS = 15;
const PAIRS = 7;
const ROUND_MS = 2_500;
const BATCH_EVENTS = 1_000;
const VIEWS = ["/page/fleet", "/page/orders", "/page/flow", "/page/nodes"];
const PASSWORD = "topsecret";
const KEY = "abcdefghijklmnopqrstuvwxyz012345";

await using running = await startManager({
  ...{ http: true, managementPort: 0, commsPort: 0, password: PASSWORD, loginRate: 0 },
});
const { manager, managementUrl, commsUrl } = running;
const ids = addAgents(manager);
const cookie = await logIn();
for (const view of [...VIEWS, `/page/agents/${ids[1]}`]) await measureView(view);
await measureOpenPages();

function addAgents({ store, keepAlive }: Manager): string[] {
  return Array.from({ length: AGENTS }, (_, number) => {
    const id = `019a0000-0000-7000-8000-${String(number).padStart(12, "0")}`;
    store.agents.add({
      id,
      name: `agent-${number}.example.net`,
      key: KEY,
      version: `0.2.${number % 7}`,
      groups: [`group-${number % 40}`],
      registeredAtMs: Date.now(),
    });
    if (number % 10 > 0) keepAlive.heard(id, "poll", "192.0.2.1");
    return id;
  });
}

async function logIn(): Promise<string> {
  const answer = await fetch(`${managementUrl}/page/log-in`, {
    method: "POST",
    redirect: "manual",
    headers: { Origin: managementUrl },
    body: new URLSearchParams({ user: "wazuh", password: PASSWORD }),
  });
  await answer.body?.cancel();
  return answer.headers.getSetCookie()[0]?.split(";")[0] ?? "";
}

/** Prints the median until the first byte, and the size. */
async function measureView(path: string): Promise<void> {
  const times: number[] = [];
  let size = 0;
  for (let look = 0; look < LOOKS; look++) {
    const startedAt = performance.now();
    const answer = await fetch(`${managementUrl}${path}`, { headers: { Cookie: cookie } });
    times.push(performance.now() - startedAt);
    size = (await answer.arrayBuffer()).byteLength;
    // Views are refused that take more than a fifth of the time.
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  const ms = median(times).toFixed(0).padStart(4);
  console.log(`${path.slice(0, 20).padEnd(20)} ${ms} ms to the first byte, ${kB(size)} kB`);
}

async function measureOpenPages(): Promise<void> {
  const token = await agentToken();
  await eventsIn(500, token);
  const ratios: number[] = [];
  for (let pair = 0; pair < PAIRS; pair++) {
    const without = await eventsIn(ROUND_MS, token);
    const close = await openPages();
    const beside = await eventsIn(ROUND_MS, token);
    await close();
    ratios.push(without.cpuUs / beside.cpuUs);
    console.log(`${told(without)} without, ${told(beside)} with ${PAGES} open pages`);
  }
  console.log(`events for the same CPU time, median: ${(median(ratios) * 100).toFixed(1)} %`);
}

async function agentToken(): Promise<string> {
  const answer = await fetch(`${commsUrl}/api/v1/authentication`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ uuid: ids[1], key: KEY }),
  });
  return (await answer.json()).token;
}

/** What came in within a while, batches one after the other. */
interface Intake {
  /** Events a second. */
  rate: number;
  /** CPU time of this process for one event, in microseconds: other work on the machine hardly changes it. */
  cpuUs: number;
}

async function eventsIn(durationMs: number, token: string): Promise<Intake> {
  const header = JSON.stringify({ module: "logcollector", collector: "file" });
  const data = JSON.stringify({ event: { original: "x".repeat(350) } });
  const lines = Array(BATCH_EVENTS).fill(`${header}\n${data}`).join("\n");
  const body = Buffer.from(`${JSON.stringify({ agent: { id: ids[1] } })}\n${lines}`);
  const startedAt = performance.now();
  const cpuBefore = process.cpuUsage();
  let batches = 0;
  for (; performance.now() - startedAt < durationMs; batches++) {
    const answer = await fetch(`${commsUrl}/api/v1/events/stateless`, {
      method: "POST",
      headers: {
        "Authorization": `Bearer ${token}`,
        "Content-Type": "application/json",
        "Idempotency-Key": crypto.randomUUID(),
      },
      body,
    });
    if (answer.status !== 204) throw new Error(await answer.text());
  }
  const events = batches * BATCH_EVENTS;
  const { user, system } = process.cpuUsage(cpuBefore);
  return {
    rate: events / (performance.now() - startedAt) * 1_000,
    cpuUs: (user + system) / events,
  };
}

/** Has browsers come, and gives what ends them. */
async function openPages(): Promise<() => Promise<void>> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--quiet", "--allow-net", new URL("browsers.ts", import.meta.url).href],
      ...[managementUrl, cookie, String(PAGES)],
    ],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.getReader();
  await reader.read();
  // They are open; what opening them took is not counted.
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  return async () => {
    await child.stdin.close();
    reader.releaseLock();
    await child.stdout.cancel();
    await child.status;
  };
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? NaN;
}

function kB(bytes: number): string {
  return (bytes / 1_000).toFixed(0);
}

function told({ rate, cpuUs }: Intake): string {
  return `${Math.round(rate).toLocaleString("en-US")} events/s, ${cpuUs.toFixed(2)} µs each`;
}
