import assert from "node:assert/strict";
import * as z from "zod";
import { SYSLOG_OPTIONS } from "../../../../src/agent/modules/syslog/options.ts";

const schema = z.strictObject(SYSLOG_OPTIONS);

/** Where and how an input is wrong. */
function problems(...inputs: unknown[]): string[] {
  const { error } = schema.safeParse({ inputs });
  return (error?.issues ?? []).map(({ path, message }) => `${path.join(".")} ${message}`);
}

Deno.test("SYSLOG_OPTIONS listens on the loopback interface unless told", () => {
  const { enabled, inputs } = schema.parse({});
  assert.equal(enabled, false);
  assert.deepEqual(inputs.map(({ protocol, listen }) => [protocol, listen]), [
    ["udp", ":514"],
    ["tcp", ":514"],
  ]);
});

Deno.test("SYSLOG_OPTIONS wants to know who may send where others can reach the port", () => {
  for (const listen of ["0.0.0.0:514", "[::]:514", "10.0.0.1:514", "host.example:514"]) {
    const [problem] = problems({ protocol: "udp", listen });
    assert.match(problem ?? "", /^inputs.0.allow must be given/, listen);
    assert.deepEqual(problems({ protocol: "udp", listen, allow: ["10.0.0.0/8"] }), []);
  }
  for (const listen of [":514", "127.0.0.1:514", "127.3.2.1:514", "[::1]:514", "localhost:514"]) {
    assert.deepEqual(problems({ protocol: "udp", listen }), [], listen);
  }
});

Deno.test("SYSLOG_OPTIONS says what is wrong with an input, and where", () => {
  const wrong: [object, RegExp][] = [
    [{ protocol: "http", listen: ":1" }, /^inputs.0.protocol must be one of udp, /],
    [{ protocol: "udp", listen: "514" }, /^inputs.0.listen must be an address with a port/],
    [{ protocol: "udp", listen: ":65536" }, /^inputs.0.listen must be an address/],
    [{ protocol: "udp", listen: "[nine]:1" }, /^inputs.0.listen must be an address/],
    [{ protocol: "unix_dgram", listen: ":514" }, /^inputs.0.listen must be the path/],
    [{ protocol: "udp", listen: ":1", allow: ["10.0.0.0/33"] }, /^inputs.0.allow.0 must be an/],
    [{ protocol: "udp", listen: ":1", allow: [] }, /^inputs.0.allow must be a list/],
    [{ protocol: "udp", listen: ":1", allow: ["host"] }, /^inputs.0.allow.0 must be an address/],
    [{ protocol: "tls", listen: ":1" }, /^inputs.0.certificate must be given/],
    [{ protocol: "tls", listen: ":1", certificate: "/c" }, /^inputs.0.key must be given/],
    [{ protocol: "tcp", listen: ":1", client_ca: "/c" }, /^inputs.0.client_ca must be left out/],
    [{ protocol: "tcp", listen: ":1", idle_timeout: "0s" }, /^inputs.0.idle_timeout must be a/],
    [{ protocol: "tcp", listen: ":1", max_connections: 0 }, /^inputs.0.max_connections must be/],
    [{ protocol: "udp", listen: ":1", buffer: "1B" }, /^inputs.0.buffer must be a size/],
    [{ protocol: "unix_dgram", listen: "/x", mode: "rw" }, /^inputs.0.mode must be permissions/],
    [{ listen: ":1" }, /^inputs.0.protocol must be one of/],
    [{ protocol: "udp" }, /^inputs.0.listen must be an address/],
  ];
  for (const [input, told] of wrong) assert.match(problems(input)[0] ?? "", told);
});

Deno.test("SYSLOG_OPTIONS takes the same port once for each protocol", () => {
  const [udp, tcp] = [{ protocol: "udp", listen: ":514" }, { protocol: "tcp", listen: ":514" }];
  assert.deepEqual(problems(udp, tcp), []);
  assert.deepEqual(problems(udp, tcp, { ...udp, listen: "127.0.0.1:514" }), [
    "inputs must not listen twice on udp 127.0.0.1:514",
  ]);
  assert.deepEqual(problems({ ...tcp, listen: ":0" }, { ...tcp, listen: ":0" }), []);
});
