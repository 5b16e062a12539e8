/**
 * Ways to send bodies to a server: size of a body, requests in flight, kind of body, version of
 * HTTP, and the platform's `fetch` beside `node:http`.
 *
 * Timed: 64 MB to a process that counts and answers 204, over connections that are open already.
 *
 * @module
 */

import assert from "node:assert/strict";
import { Agent, request } from "node:http";
import { ownCpuMs } from "../support/process_usage.ts";
import { note } from "./support/side_figures.ts";
import { startTlsSink } from "./support/tls_sink.ts";

const TOTAL_BYTES = 64 * 1024 * 1024;
const MEGABYTE = 1024 * 1024;

/** Sends one body. */
type Post = (body: Uint8Array<ArrayBuffer>) => Promise<void>;

const { sink, caCert } = await startTlsSink();
const pools: Deno.CreateHttpClientOptions = { caCerts: [caCert] };
const plain = fetchWith(sink.httpUrl, pools);
const agent = new Agent({ keepAlive: true });

function fetchWith(url: string, options: Deno.CreateHttpClientOptions): Post {
  const client = Deno.createHttpClient(options);
  return async (body) => {
    const response = await fetch(url, { method: "POST", body, client });
    assert.equal(response.status, 204);
  };
}

async function fetchOther(body: BodyInit): Promise<void> {
  const response = await fetch(sink.httpUrl, { method: "POST", body });
  assert.equal(response.status, 204);
}

function nodePost(body: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { "content-length": body.length };
    request(sink.httpUrl, { method: "POST", agent, headers }, (response) => {
      response.resume().on("end", resolve);
    }).on("error", reject).end(body);
  });
}

async function sendAll(post: Post, { bodyBytes, inFlight }: Shape): Promise<void> {
  const body = new Uint8Array(bodyBytes).fill(0x61);
  let left = TOTAL_BYTES / bodyBytes;
  const sendNext = async () => {
    while (left-- > 0) await post(body);
  };
  await Promise.all(Array.from({ length: inFlight }, sendNext));
}

/** How the bytes are cut. */
interface Shape {
  bodyBytes: number;
  inFlight: number;
}

function benchPost(
  group: string,
  name: string,
  { post, baseline = false, ...shape }: Shape & { post: Post; baseline?: boolean },
): void {
  Deno.bench({ name, group, baseline, n: 6, warmup: 1 }, async (b) => {
    const before = { received: await sink.receivedBytes(), cpu: ownCpuMs() };
    b.start();
    await sendAll(post, shape);
    b.end();
    const perMegabyte = (ownCpuMs() - before.cpu) / (TOTAL_BYTES / MEGABYTE);
    note(`${group}, ${name}`, `${perMegabyte.toFixed(2)} ms CPU a MB`);
    assert.equal(await sink.receivedBytes() - before.received, TOTAL_BYTES);
  });
}

for (const inFlight of [1, 2, 4]) {
  for (const kilobytes of [64, 256, 1024]) {
    benchPost("body size and requests in flight", `${kilobytes} KB, ${inFlight} in flight`, {
      post: plain,
      bodyBytes: kilobytes * 1024,
      inFlight,
      baseline: inFlight === 1 && kilobytes === 1024,
    });
  }
}

const megabytes = { bodyBytes: MEGABYTE, inFlight: 2 };
const ways: Record<string, Post> = {
  "fetch, bytes": plain,
  "fetch, Blob": (body) => fetchOther(new Blob([body])),
  "fetch, ReadableStream": (body) => fetchOther(ReadableStream.from([body])),
  "node:http": nodePost,
};
for (const [name, post] of Object.entries(ways)) {
  benchPost("client", name, { post, ...megabytes, baseline: post === plain });
}

const versions: Record<string, Post> = {
  "HTTP/1.1": fetchWith(sink.httpsUrl, { ...pools, http2: false }),
  "HTTP/2": fetchWith(sink.httpsUrl, { ...pools, http1: false }),
};
for (const [name, post] of Object.entries(versions)) {
  for (const inFlight of [1, 4]) {
    benchPost("TLS", `${name}, ${inFlight} in flight`, {
      post,
      bodyBytes: MEGABYTE,
      inFlight,
      baseline: name === "HTTP/1.1" && inFlight === 1,
    });
  }
}
