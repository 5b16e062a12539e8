import assert from "node:assert/strict";
import { MetricsEndpoint } from "../../../src/agent/app/metrics_endpoint.ts";
import { FakeClock } from "../../support/fake_clock.ts";

const page = () => Promise.resolve({ contentType: "text/plain", text: "x" });

/** A port of the loopback interface that is taken until disposed. */
function takenPort() {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return { port: listener.addr.port, [Symbol.dispose]: () => listener.close() };
}

Deno.test("metrics are off, or served where the option says: without a host on the loopback interface alone", async () => {
  const free = takenPort();
  const { port } = free;
  free[Symbol.dispose]();
  const endpoint = new MetricsEndpoint({ page, clock: new FakeClock() });
  endpoint.start("off");
  assert.deepEqual(endpoint.status(), { listen: null, reason: null, since: null });
  await endpoint.move(`:${port}`);
  assert.equal(endpoint.status().listen, `127.0.0.1:${port}`);
  assert.equal(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text(), "x");
  await endpoint.move("off");
  assert.equal(endpoint.status().listen, null);
});

Deno.test("a port that is taken is told in the status, tried again, and served once it is free", async () => {
  const taken = takenPort();
  const clock = new FakeClock();
  const endpoint = new MetricsEndpoint({ page, clock });
  const since = new Date(clock.now()).toISOString();
  endpoint.start(`127.0.0.1:${taken.port}`);
  assert.match(endpoint.status().reason ?? "", /another program listens there/);
  assert.equal(endpoint.status().since, since);
  taken[Symbol.dispose]();
  endpoint.retry();
  assert.equal(endpoint.status().listen, null, "not before its time");
  await clock.advance(30_000);
  endpoint.retry();
  assert.deepEqual(endpoint.status(), {
    listen: `127.0.0.1:${taken.port}`,
    reason: null,
    since: null,
  });
  await endpoint.close();
});

Deno.test("move() to a port that is taken throws, and metrics are served where they were", async () => {
  using taken = takenPort();
  const free = takenPort();
  free[Symbol.dispose]();
  const endpoint = new MetricsEndpoint({ page, clock: new FakeClock() });
  endpoint.start(`127.0.0.1:${free.port}`);
  await assert.rejects(endpoint.move(`127.0.0.1:${taken.port}`), /another program/);
  assert.equal(endpoint.status().listen, `127.0.0.1:${free.port}`);
  await endpoint.close();
});
