import assert from "node:assert/strict";
import { encodeMessage } from "../../../../../src/agent/modules/syslog/message/encode_message.ts";

const nowMs = Date.UTC(2026, 10, 26, 12);

function encoded(text: string, more: { truncated?: boolean } = {}) {
  const bytes = new TextEncoder().encode(text);
  const peer = { address: { ip: "10.0.0.7", port: 4_242 }, subject: "CN=web1" };
  const event = encodeMessage({ bytes, ...more }, { transport: "tls", peer, nowMs });
  const [empty, header = "", data = "", ...rest] = event.split("\n");
  assert.deepEqual([empty, rest], ["", []]);
  return { header: JSON.parse(header), data: JSON.parse(data) };
}

Deno.test("encodeMessage() puts what a message says where the Elastic Common Schema has it", () => {
  const original = '<34>1 2026-11-26T11:59:59.123456Z web1 sshd 42 ID1 [a b="c"] it\'s me\nhere';
  const { header, data } = encoded(original);
  assert.deepEqual(header, { module: "logcollector", collector: "syslog" });
  assert.deepEqual(data, {
    "@timestamp": "2026-11-26T11:59:59.123456Z",
    event: { original, created: "2026-11-26T12:00:00.000Z" },
    message: "it's me\nhere",
    input: { type: "tls" },
    log: {
      level: "critical",
      syslog: {
        priority: 34,
        facility: { code: 4, name: "auth" },
        severity: { code: 2, name: "critical" },
        hostname: "web1",
        appname: "sshd",
        procid: "42",
        msgid: "ID1",
        version: "1",
        structured_data: { a: { b: "c" } },
      },
    },
    process: { name: "sshd", pid: 42 },
    source: { ip: "10.0.0.7", port: 4_242 },
    network: { transport: "tcp" },
    tls: { client: { subject: "CN=web1" } },
  });
});

Deno.test("encodeMessage() keeps what is no message of syslog, and marks what is odd", () => {
  const plain = encoded("\u0000\u001b[31mred").data;
  assert.deepEqual([plain.message, plain.log], ["\u0000\u001b[31mred", undefined]);
  const broken = encoded("<34>1 - web1 sshd", { truncated: true }).data;
  assert.deepEqual(broken.log.flags, ["truncated", "malformed"]);
  assert.equal(broken.message, "1 - web1 sshd");
});
