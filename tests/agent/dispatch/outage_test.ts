import assert from "node:assert/strict";
import { getLogger } from "@logtape/logtape";
import { Outage } from "../../../src/agent/dispatch/outage.ts";
import { configureLog } from "../../../src/shared/log/log.ts";
import { MemoryClock } from "../../support/fake_clock.ts";

Deno.test("a server that refuses every event is logged once, and its failure tells since when", () => {
  const lines: string[] = [];
  const handle = configureLog({
    level: "info",
    format: "json",
    isTerminal: false,
    write: (line) => lines.push(line),
  });
  const clock = new MemoryClock();
  const retryWaits = { next: () => 1_000, reset: () => {} };
  const outage = new Outage({ retryWaits, clock, log: getLogger(["agent", "dispatch"]) });
  const refused = { reason: "refused by the server: 400", refused: true };
  outage.begin(refused);
  const since = outage.failure?.refused_since_ms;
  clock.advance(60_000);
  outage.begin(refused);
  outage.begin({ ...refused, reason: "refused by the server: 422" });
  assert.equal(outage.failure?.refused_since_ms, since);
  outage.begin({ reason: "connection lost", cause: "lost" });
  assert.deepEqual([outage.failure?.refused_since_ms, outage.failure?.cause], [undefined, "lost"]);
  assert.equal(outage.end(), true);
  handle.close();
  const told = lines.map((line) => JSON.parse(line)).map(({ level, message }) =>
    `${level} ${message}`
  );
  assert.deepEqual(told, [
    "error The server refuses every event; they are kept: refused by the server: 400",
    "warning Cannot send: connection lost",
    "info Sending works again",
  ]);
});
