import assert from "node:assert/strict";
import {
  responseArgs,
  responseKey,
  responseTitle,
} from "../../../src/agent/responses/response_order.ts";

const BASE = { name: "block-ip", command: "enable" } as const;

function pathOf(value: unknown): string | undefined {
  return responseArgs.safeParse(value).error?.issues[0]?.path.join(".");
}

Deno.test("responseArgs takes name, command, duration, source, user and input, and nothing else", () => {
  const whole = {
    ...BASE,
    duration_s: 600,
    source: { ip: "192.0.2.7" },
    user: { name: "eve" },
    input: { rule: { id: "5712" } },
  };
  assert.deepEqual(responseArgs.parse(whole), whole);
  assert.deepEqual(responseArgs.parse(BASE), BASE);
  const wrong: [unknown, string][] = [
    [{ command: "enable" }, "name"],
    [{ ...BASE, name: "../x" }, "name"],
    [{ ...BASE, name: ".x" }, "name"],
    [{ ...BASE, name: "x\n" }, "name"],
    [{ name: "x" }, "command"],
    [{ ...BASE, command: "add" }, "command"],
    [{ ...BASE, duration_s: 0 }, "duration_s"],
    [{ ...BASE, duration_s: 1.5 }, "duration_s"],
    [{ ...BASE, duration_s: "600" }, "duration_s"],
    [{ ...BASE, duration_s: 1e12 }, "duration_s"],
    [{ ...BASE, command: "disable", duration_s: 5 }, "duration_s"],
    [{ ...BASE, source: "192.0.2.7" }, "source"],
    [{ ...BASE, source: {} }, "source.ip"],
    [{ ...BASE, source: { ip: "192.0.2.7", port: 1 } }, "source"],
    [{ ...BASE, user: { name: "" } }, "user.name"],
    [{ ...BASE, input: [] }, "input"],
    [{ ...BASE, input: { command: "disable" } }, "input"],
    [{ ...BASE, input: { wazuh: {} } }, "input"],
    [{ ...BASE, input: { text: "x".repeat(65_536) } }, "input"],
    [{ ...BASE, location: "local" }, ""],
    [[], ""],
  ];
  for (const [value, path] of wrong) {
    assert.equal(pathOf(value), path, JSON.stringify(value).slice(0, 80));
  }
});

Deno.test("responseArgs takes one address, in whatever form, and no network", () => {
  const addresses: Record<string, string> = {
    "192.0.2.7": "192.0.2.7",
    "::ffff:192.0.2.7": "192.0.2.7",
    "::ffff:c000:207": "192.0.2.7",
    "2001:DB8::0:1": "2001:db8::1",
  };
  for (const [given, expected] of Object.entries(addresses)) {
    assert.equal(responseArgs.parse({ ...BASE, source: { ip: given } }).source?.ip, expected);
  }
  const none = ["192.0.2.0/24", "192.0.2.7/32", "fe80::1%eth0", "host", "", "192.0.2.7 ", "0x7f.1"];
  for (const given of [...none, "192.0.2.7; reboot", "192.0.02.7", 3_221_225_991]) {
    assert.equal(pathOf({ ...BASE, source: { ip: given } }), "source.ip", String(given));
  }
});

Deno.test("responseArgs takes names of users, and nothing that a program could take for an option or a path", () => {
  for (const name of ["eve", "Eve.Smith", "svc-1$", "EXAMPLE\\eve", "eve@example.com", "ève"]) {
    assert.equal(responseArgs.parse({ ...BASE, user: { name } }).user?.name, name);
  }
  for (const name of ["-x", " eve", "eve ", "e\nve", "e\0ve", "a/b", "a:b", "x".repeat(257)]) {
    assert.equal(pathOf({ ...BASE, user: { name } }), "user.name", JSON.stringify(name));
  }
});

Deno.test("responseKey() is the same for the same subject, however it is written, and another for another", () => {
  const key = (more: object) => responseKey(responseArgs.parse({ ...BASE, ...more }));
  const one = key({ source: { ip: "192.0.2.7" } });
  assert.match(one, /^block-ip:[0-9a-f]{40}$/);
  assert.equal(key({ source: { ip: "::ffff:192.0.2.7" }, duration_s: 5 }), one);
  assert.equal(key({ source: { ip: "192.0.2.7" }, input: { alert: 1 } }), one);
  const others = [
    key({ source: { ip: "192.0.2.8" } }),
    key({ source: { ip: "192.0.2.7" }, user: { name: "eve" } }),
    key({ user: { name: "eve" } }),
    key({ name: "other", source: { ip: "192.0.2.7" } }),
    key({}),
    key({ input: { file: { path: "/a" } } }),
    key({ input: { file: { path: "/b" } } }),
  ];
  assert.equal(new Set([one, ...others]).size, 8);
  assert.equal(key({ input: { a: 1, b: 2 } }), key({ input: { b: 2, a: 1 } }));
});

Deno.test("responseTitle() names what is done to whom", () => {
  const title = responseTitle({ name: "x", source: { ip: "::1" }, user: { name: "eve" } });
  assert.equal(title, "x ::1 eve");
  assert.equal(responseTitle({ name: "x", input: { a: 1 } }), "x");
});
