/**
 * What one client can hold of the local API: attacks over the real socket, under a clock that the test moves.
 */

import assert from "node:assert/strict";
import { ControlClient } from "../../../src/agent/control/control_client.ts";
import { endpointIn, listen, type Listener } from "../../../src/agent/control/endpoint.ts";
import { LargeBodies, readBody, RequestError } from "../../../src/agent/control/request_bounds.ts";
import { FakeClock, settle } from "../../support/fake_clock.ts";
import { apiOver } from "../../support/local_api.ts";
import { openQueue, TempFolder } from "../../support/queues.ts";

const isUnix = Deno.build.os !== "windows";
const HEAD = "GET /v1/status HTTP/1.1\r\nHost: agent\r\n\r\n";

/** A local API that listens, with a clock of its own. */
class Scene implements AsyncDisposable {
  readonly folder = new TempFolder();
  readonly clock = new FakeClock();
  readonly queue = openQueue(this.folder);
  readonly endpoint = endpointIn(this.folder.file("run"));
  readonly clients: Deno.Conn[] = [];
  listener: Listener | undefined;

  async open(handler?: (request: Request) => Response | Promise<Response>): Promise<void> {
    const api = apiOver(this.queue);
    const answer = handler ?? ((request: Request) => api.fetch(request));
    this.listener = await listen(this.endpoint, answer, this.clock);
  }

  /** Connects and sends `text`, which is perhaps not all of a request. */
  async send(text: string): Promise<Deno.Conn> {
    const path = this.folder.file("run/agent.sock");
    const client = await Deno.connect({ transport: "unix", path });
    this.clients.push(client);
    await client.write(new TextEncoder().encode(text)).catch(() => {});
    return client;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.listener?.close();
    for (const client of this.clients) client.close();
    this.queue.close();
    this.folder[Symbol.dispose]();
  }
}

/** What comes until the other side closes. */
async function readAll(client: Deno.Conn): Promise<string> {
  let text = "";
  const buffer = new Uint8Array(65_536);
  for (;;) {
    const count = await client.read(buffer).catch(() => null);
    if (count === null) return text;
    text += new TextDecoder().decode(buffer.subarray(0, count));
  }
}

if (isUnix) {
  Deno.test("300 connections with half a head keep nobody from the local API", async () => {
    await using scene = new Scene();
    await scene.open();
    for (let n = 0; n < 300; n++) await scene.send("GET /v1/status HTTP/1.1\r\nHo");
    using client = ControlClient.to(scene.endpoint);
    assert.equal((await client.status()).schema, 1);
  });

  Deno.test("a connection to the local API is cut that does not end its head, or says nothing more", async () => {
    await using scene = new Scene();
    await scene.open();
    const half = await scene.send("GET /v1/status HTTP/1.1\r\nHo");
    const answered = await scene.send(HEAD);
    const first = new Uint8Array(65_536);
    assert.ok(await answered.read(first));
    await scene.clock.advance(7_000);
    assert.equal(await readAll(half), "");
    await settle();
    await answered.write(new TextEncoder().encode(HEAD));
    assert.ok(await answered.read(first), "it is still there");
    await settle();
    await scene.clock.advance(32_000);
    await readAll(answered);
  });

  Deno.test("an answer of the local API that takes its time is waited for, also when others come", async () => {
    await using scene = new Scene();
    const answer = Promise.withResolvers<Response>();
    const arrived = Promise.withResolvers<void>();
    await scene.open(() => {
      arrived.resolve();
      return answer.promise;
    });
    const waiting = await scene.send(HEAD.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"));
    await arrived.promise;
    for (let n = 0; n < 100; n++) await scene.send("GET");
    await scene.clock.advance(60_000);
    answer.resolve(new Response("at last"));
    assert.match(await readAll(waiting), /at last$/);
  });
}

Deno.test("requests to the local API that are too many at once are told to come again", async () => {
  using folder = new TempFolder();
  using queue = openQueue(folder);
  const api = apiOver(queue);
  const post = { method: "POST", body: '\n{"module":"m"}\n{}' };
  await api.request("/v1/events/stateless", post);
  const stop = new AbortController();
  const wait = () =>
    Promise.resolve(api.request("/v1/events/stateless/1/1?wait_ms=60000", { signal: stop.signal }));
  const waiting = Array.from({ length: 32 }, wait);
  const refused = await api.request("/v1/status");
  assert.deepEqual([refused.status, (await refused.json()).code], [503, "not_acknowledged"]);
  stop.abort();
  await Promise.all(waiting);
  assert.equal((await api.request("/v1/status")).status, 200);
});

Deno.test("readBody() refuses what is of another type, too long, or does not come", async () => {
  const bounds = { maxBytes: 10, hint: "send less" };
  const request = (body: BodyInit, type = "application/json") =>
    new Request("http://agent/", { method: "POST", body, headers: { "content-type": type } });
  const refusal = async (wrong: Promise<unknown>, status: number) => {
    const error = await wrong.then(() => undefined, (error) => error);
    assert.ok(error instanceof RequestError && error.hint, String(error));
    assert.equal(error.status, status);
  };
  const read = await readBody(request("0123456789", "Text/Plain; charset=utf-8"), bounds);
  assert.equal(new TextDecoder().decode(read), "0123456789");
  await refusal(readBody(request("01234567890"), bounds), 413);
  const parts = new ReadableStream({
    pull: (controller) => controller.enqueue(new Uint8Array(4)),
  });
  await refusal(readBody(request(parts), bounds), 413);
  await refusal(readBody(request("x", "multipart/form-data; boundary=x"), bounds), 415);

  const clock = new FakeClock();
  const never = readBody(request(new ReadableStream()), { ...bounds, clock });
  const told = refusal(never, 408);
  await clock.advance(10_000);
  await told;
});

Deno.test("LargeBodies lets one large body in at a time, and no small one wait for it", async () => {
  const bodies = new LargeBodies();
  const request = (bytes?: number) =>
    new Request("http://agent/", {
      ...(bytes !== undefined && { headers: { "content-length": String(bytes) } }),
    });
  const first = Promise.withResolvers<void>();
  const done: string[] = [];
  const work = (name: string, until: Promise<void> = Promise.resolve()) => async () => {
    await until;
    done.push(name);
    if (name === "wrong") throw new Error(name);
  };
  const large = bodies.inTurn(request(16_000_000), work("first", first.promise));
  const wrong = bodies.inTurn(request(16_000_000), work("wrong"));
  const unknown = bodies.inTurn(request(), work("of unknown length"));
  await bodies.inTurn(request(100), work("small"));
  assert.deepEqual(done, ["small"]);
  first.resolve();
  await large;
  await assert.rejects(wrong, /wrong/);
  await unknown;
  assert.deepEqual(done, ["small", "first", "wrong", "of unknown length"]);
});
