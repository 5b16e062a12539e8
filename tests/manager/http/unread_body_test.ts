/**
 * Requests that are refused while their bodies are still on their way, over real sockets and byte by byte: what a client makes of a
 * stream that is reset is its own affair, so what matters is that none is.
 *
 * @module
 */

import assert from "node:assert/strict";
import { startManager } from "../../../src/manager/server.ts";
import { TestClient } from "../harness.ts";

const DATA = 0x0;
const HEADERS = 0x1;
const RST_STREAM = 0x3;
const SETTINGS = 0x4;
const PING = 0x6;
const END_STREAM = 0x1;
const ACK = 0x1;
const END_HEADERS = 0x4;
const PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

const HALF = 8_000;

interface Frame {
  type: number;
  flags: number;
  payload: Uint8Array;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** One HTTP/2 request, frame by frame (RFC 9113), on a connection of its own. */
class Http2Request implements Disposable {
  #unread = new Uint8Array();

  private constructor(readonly connection: Deno.TcpConn) {}

  static async open(url: string): Promise<Http2Request> {
    const { hostname, port } = new URL(url);
    const request = new Http2Request(await Deno.connect({ hostname, port: Number(port) }));
    await request.write(encoder.encode(PREFACE));
    await request.send({ type: SETTINGS, flags: 0, payload: new Uint8Array() });
    return request;
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let sent = 0; sent < bytes.length;) {
      sent += await this.connection.write(bytes.subarray(sent));
    }
  }

  async send({ type, flags, payload }: Frame): Promise<void> {
    const { length } = payload;
    const stream = type === SETTINGS || type === PING ? 0 : 1;
    const head = [length >> 16, length >> 8 & 255, length & 255, type, flags, 0, 0, 0, stream];
    await this.write(Uint8Array.from([...head, ...payload]));
  }

  /** Fields of a head, each written out (RFC 7541, 6.2.2). */
  async head(fields: Record<string, string>): Promise<void> {
    const text = (value: string) => [...integer(value.length), ...encoder.encode(value)];
    const block = Object.entries(fields).flatMap(([name, value]) => [
      0,
      ...text(name),
      ...text(value),
    ]);
    await this.send({ type: HEADERS, flags: END_HEADERS, payload: Uint8Array.from(block) });
  }

  /** The frames of the stream, up to when the server has nothing more to say. */
  async answer(): Promise<Frame[]> {
    const frames: Frame[] = [];
    for (;;) {
      const frame = await this.#next();
      // A stream may be reset after its end.
      if (frame.type === PING) return frames;
      if (frame.type === SETTINGS && frame.flags !== ACK) {
        await this.send({ type: SETTINGS, flags: ACK, payload: new Uint8Array() });
      }
      if (![DATA, HEADERS, RST_STREAM].includes(frame.type)) continue;
      frames.push(frame);
      if (frame.type === RST_STREAM) return frames;
      if ((frame.flags & END_STREAM) !== 0) {
        await this.send({ type: PING, flags: 0, payload: new Uint8Array(8) });
      }
    }
  }

  async #next(): Promise<Frame> {
    const head = await this.#read(9);
    const [high = 0, middle = 0, low = 0, type = 0, flags = 0] = head;
    return { type, flags, payload: await this.#read(high << 16 | middle << 8 | low) };
  }

  async #read(length: number): Promise<Uint8Array> {
    while (this.#unread.length < length) {
      const buffer = new Uint8Array(16_384);
      const bytes = await this.connection.read(buffer);
      assert.notEqual(bytes, null, "the connection is closed");
      this.#unread = Uint8Array.from([...this.#unread, ...buffer.subarray(0, bytes ?? 0)]);
    }
    const [read, rest] = [this.#unread.slice(0, length), this.#unread.slice(length)];
    this.#unread = rest;
    return read;
  }

  [Symbol.dispose](): void {
    this.connection.close();
  }
}

/** A number with a prefix of seven bits (RFC 7541, 5.1), up to 16,510. */
function integer(value: number): number[] {
  if (value < 127) return [value];
  const rest = value - 127;
  return rest < 128 ? [127, rest] : [127, rest & 127 | 128, rest >> 7];
}

/** A manager without TLS, and heads of requests that it refuses, each before or while it reads the body. */
async function scene() {
  const running = await startManager({
    ...{ http: true, managementPort: 0, commsPort: 0, maxBodyBytes: HALF / 2 },
  });
  const client = new TestClient(fetch, running.managementUrl, running.commsUrl);
  const token = (await client.enrol()).agentToken;
  const json = { "content-type": "application/json" };
  const declared = { ...json, "content-length": String(2 * HALF) };
  const refused: Record<number, Record<string, string>> = {
    401: { ...declared, authorization: "Bearer nonsense" },
    403: { ...declared, authorization: `Bearer ${await client.userToken()}` },
    413: { ...declared, authorization: `Bearer ${token}` },
    415: { ...declared, authorization: `Bearer ${token}`, "content-type": "text/plain" },
  };
  return { running, refused, undeclared: { ...json, authorization: `Bearer ${token}` } };
}

const PATH = "/api/v1/events/stateless";
const HALF_BODY = encoder.encode("x".repeat(HALF));

/** Asserts what a request is answered that sends half of its body, waits, and sends the rest. */
async function assertAnswered(url: string, fields: Record<string, string>, code: number) {
  using request = await Http2Request.open(url);
  const first = { ":method": "POST", ":scheme": "http", ":path": PATH, ":authority": "manager" };
  await request.head({ ...first, ...fields });
  await request.send({ type: DATA, flags: 0, payload: HALF_BODY });
  // Time in which a server that does not wait for the rest answers, and resets the stream.
  await new Promise((resolve) => setTimeout(resolve, 50));
  await request.send({ type: DATA, flags: END_STREAM, payload: HALF_BODY });
  const frames = await request.answer();
  assert.deepEqual(frames.map(({ type }) => type).filter((type) => type === RST_STREAM), []);
  const body = frames.filter(({ type }) => type === DATA).map(({ payload }) =>
    decoder.decode(payload)
  );
  const found = JSON.parse(body.join(""));
  assert.ok(found.code === code || (code === 401 && found.code === 2706), JSON.stringify(found));
}

Deno.test("an HTTP/2 request that is refused before its body is read gets its answer, and no broken stream", async () => {
  const { running, refused, undeclared } = await scene();
  await using _running = running;
  for (const [code, fields] of Object.entries(refused)) {
    await assertAnswered(running.commsUrl, fields, Number(code));
  }
  await assertAnswered(running.commsUrl, undeclared, 413);
});

Deno.test("an HTTP/1.1 connection goes on after a request that was refused before its body was read", async () => {
  const { running, refused } = await scene();
  await using _running = running;
  const { hostname, port } = new URL(running.commsUrl);
  for (const [status, fields] of Object.entries(refused)) {
    using connection = await Deno.connect({ hostname, port: Number(port) });
    const write = (text: string) => connection.write(encoder.encode(text));
    const head = Object.entries({ host: "manager", ...fields })
      .map(([name, value]) => `${name}: ${value}\r\n`).join("");
    await write(`POST ${PATH} HTTP/1.1\r\n${head}\r\n`);
    await connection.write(HALF_BODY);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await connection.write(HALF_BODY);
    const first = await readUntil(connection, "}");
    assert.match(first, new RegExp(`^HTTP/1\\.1 ${status} `));
    await write("GET /health HTTP/1.1\r\nhost: manager\r\n\r\n");
    assert.match(await readUntil(connection, "}"), /^HTTP\/1\.1 200 /);
  }
});

async function readUntil(connection: Deno.TcpConn, end: string): Promise<string> {
  let text = "";
  const buffer = new Uint8Array(4_096);
  while (!text.includes(end)) {
    const bytes = await connection.read(buffer);
    if (bytes === null) return text;
    text += decoder.decode(buffer.subarray(0, bytes));
  }
  return text;
}
