import assert from "node:assert/strict";
import { MetricsServer } from "../../../src/agent/control/metrics_server.ts";
import { AgentError } from "../../../src/shared/errors.ts";
import { FakeClock } from "../../support/fake_clock.ts";

const PAGE = { contentType: "text/plain; version=0.0.4", text: "agent_running 1\n" };

/** A server on a free port, closed when disposed, and ways to talk to it. */
class Stage implements AsyncDisposable {
  readonly clock = new FakeClock();
  readonly server: MetricsServer;

  constructor(page: () => Promise<typeof PAGE> = () => Promise.resolve(PAGE)) {
    this.server = new MetricsServer({ hostname: "127.0.0.1", port: 0 }, {
      page,
      clock: this.clock,
    });
  }

  get url(): string {
    return `http://127.0.0.1:${this.server.address.port}/metrics`;
  }

  connect(): Promise<Deno.TcpConn> {
    return Deno.connect(this.server.address);
  }

  /** Sends bytes as they are; gives all that comes back. */
  async say(request: string): Promise<string> {
    using connection = await this.connect();
    await connection.write(new TextEncoder().encode(request));
    return await new Response(connection.readable).text();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.close();
  }
}

Deno.test("GET and HEAD of /metrics are answered, everything else is told what would be right", async () => {
  await using stage = new Stage();
  const page = await fetch(`${stage.url}?x=1`);
  assert.deepEqual([page.status, page.headers.get("content-type"), await page.text()], [
    200,
    PAGE.contentType,
    PAGE.text,
  ]);
  const head = await fetch(stage.url, { method: "HEAD" });
  assert.deepEqual([head.status, head.headers.get("content-length"), await head.text()], [
    200,
    String(PAGE.text.length),
    "",
  ]);
  const posted = await fetch(stage.url, { method: "POST", body: "x" });
  assert.deepEqual([posted.status, posted.headers.get("allow")], [405, "GET, HEAD"]);
  await posted.body?.cancel();
  const root = await fetch(stage.url.replace("/metrics", "/"));
  assert.deepEqual([root.status, await root.text()], [404, "The metrics are at /metrics\n"]);
});

Deno.test("what is not HTTP, or has too long a head, is told so", async () => {
  await using stage = new Stage();
  assert.match(await stage.say("hello\r\n\r\n"), /^HTTP\/1\.1 400 /);
  assert.match(await stage.say("GET /metrics HTTP/2.0\r\n\r\n"), /^HTTP\/1\.1 400 /);
  const long = `GET /metrics HTTP/1.1\r\nX: ${"x".repeat(8_192)}`.slice(0, 8_192);
  assert.match(await stage.say(long), /^HTTP\/1\.1 431 /);
});

Deno.test("a client that does not send its request in time is left, and others are answered meanwhile", async () => {
  await using stage = new Stage();
  using slow = await stage.connect();
  await slow.write(new TextEncoder().encode("GET /met"));
  assert.equal(await (await fetch(stage.url)).text(), PAGE.text);
  await stage.clock.advance(5_000);
  const read = await slow.read(new Uint8Array(1)).catch(() => null);
  assert.equal(read, null);
});

Deno.test("beyond 16 connections one more is told so", async () => {
  await using stage = new Stage();
  using open = new DisposableStack();
  for (let count = 0; count < 16; count++) open.use(await stage.connect());
  const refused = await stage.say("GET /metrics HTTP/1.1\r\n\r\n");
  assert.match(refused, /^HTTP\/1\.1 503 [^]*16 others/);
});

Deno.test("a page that cannot be made is an answer too, and the server goes on", async () => {
  let fails = true;
  await using stage = new Stage(() =>
    fails ? Promise.reject(new Error("no status")) : Promise.resolve(PAGE)
  );
  const failed = await fetch(stage.url);
  assert.deepEqual([failed.status, await failed.text()], [500, "no status\n"]);
  fails = false;
  assert.equal(await (await fetch(stage.url)).text(), PAGE.text);
});

Deno.test("a port that another program has is named with what to do", async () => {
  await using stage = new Stage();
  const { address } = stage.server;
  const deps = { page: () => Promise.resolve(PAGE), clock: stage.clock };
  assert.throws(() => new MetricsServer(address, deps), (error) => {
    assert.ok(error instanceof AgentError && error.hint?.includes("metrics.listen"));
    assert.match(
      error.message,
      /^Cannot listen on 127\.0\.0\.1:\d+: another program listens there$/,
    );
    return true;
  });
});
