/** An agent that stops, is killed and comes back, as the manager sees it, with real processes. */

import assert from "node:assert/strict";
import { TempFolder } from "../support/queues.ts";
import { AgentSide, OwnServer } from "../support/scene.ts";

const HAPPENS_WITHIN_MS = 60_000;
const LOOK_INTERVAL_MS = 25;

interface AuditLine {
  event: string;
  previous?: string;
  current?: string;
  reason?: string;
}

/** The audit log once `isSo`. */
async function auditOnce(
  path: string,
  isSo: (lines: readonly AuditLine[]) => boolean,
): Promise<AuditLine[]> {
  const deadline = performance.now() + HAPPENS_WITHIN_MS;
  for (;;) {
    const text = await Deno.readTextFile(path).catch(() => "");
    const lines = text.split("\n").slice(0, -1).map((line): AuditLine => JSON.parse(line));
    if (isSo(lines)) return lines;
    if (performance.now() > deadline) throw new Error(`It did not happen:\n${text}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_INTERVAL_MS));
  }
}

const isChange = ({ event }: AuditLine) => event === "status_change";
/** By the newest change of state: keep-alives may have been sent since. */
const isIn = (state: string) => (lines: readonly AuditLine[]) =>
  lines.findLast(isChange)?.current === state;

Deno.test("an agent answers keep-alives; its stop, its end and its return are told in order", async () => {
  using folder = new TempFolder();
  const audit = folder.file("audit.jsonl");
  await using server = await OwnServer.start(folder, [
    ...["--poll-timeout", "1h", "--keepalive-interval", "1100ms", "--keepalive-timeout", "4s"],
    ...["--keepalive-max-missed", "1000", "--keepalive-retry-interval", "10ms"],
    ...["--audit-log-path", audit],
  ]);
  const side = new AgentSide(folder, server);
  await side.register();
  {
    await using agent = await side.start();
    const isSent = ({ event }: AuditLine) => event === "keepalive_sent";
    await auditOnce(audit, (lines) => lines.filter(isSent).length >= 2);
    assert.equal(await agent.stop(), 0);
    await auditOnce(audit, isIn("stopped"));
  }
  {
    await using agent = await side.start();
    await auditOnce(audit, isIn("active"));
    await agent.stop("SIGKILL");
    await auditOnce(audit, isIn("disconnected"));
  }
  await using _agent = await side.start();
  const lines = await auditOnce(audit, isIn("active"));
  const changes = lines.filter(isChange)
    .map(({ previous, current, reason }) => `${previous} > ${current}: ${reason}`);
  assert.deepEqual(changes, [
    "never_connected > pending: first_contact",
    "pending > active: first_contact",
    "active > stopped: agent_shutdown",
    "stopped > active: reconnected",
    "active > disconnected: keepalive_timeout",
    "disconnected > active: reconnected",
  ]);
});
