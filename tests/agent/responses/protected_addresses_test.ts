import assert from "node:assert/strict";
import { ProtectedAddresses } from "../../../src/agent/responses/protected_addresses.ts";
import { MemoryClock } from "../../support/fake_clock.ts";

interface Surroundings {
  allow?: string[];
  hosts?: string[];
  own?: string[];
  resolvers?: string[];
  lookUp?: (host: string) => Promise<string[]>;
}

function protect(around: Surroundings, clock = new MemoryClock()): ProtectedAddresses {
  const lookUp = around.lookUp ?? (() => Promise.resolve(["198.51.100.1", "2001:db8::5"]));
  const { allow = [], hosts = ["manager.example"], own = [], resolvers = [] } = around;
  return new ProtectedAddresses({
    allow: () => allow,
    hosts: () => hosts,
    own: () => own,
    resolvers: () => resolvers,
    lookUp,
    clock,
  });
}

Deno.test("ProtectedAddresses keeps what the owner named, and says by which entry", async () => {
  const addresses = protect({ allow: ["10.0.0.0/8", "2001:db8:1::/48", "::ffff:192.0.2.9"] });
  assert.match(await addresses.whyNot("10.1.2.3") ?? "", /active_response\.allow: 10\.0\.0\.0\/8/);
  assert.match(await addresses.whyNot("2001:db8:1::7") ?? "", /2001:db8:1::\/48/);
  assert.match(await addresses.whyNot("192.0.2.9") ?? "", /192\.0\.2\.9 is protected/);
  assert.equal(await addresses.whyNot("192.0.2.7"), undefined);
});

Deno.test("ProtectedAddresses keeps this machine, whatever the list says", async () => {
  const addresses = protect({ allow: [], own: ["192.0.2.50", "fe80::1%eth0", "2001:DB8::50"] });
  for (const ip of ["127.0.0.1", "127.8.8.8", "::1", "192.0.2.50", "2001:db8::50"]) {
    assert.match(await addresses.whyNot(ip) ?? "", /is an address of this machine$/, ip);
  }
});

Deno.test("ProtectedAddresses keeps what is not one machine's", async () => {
  for (
    const ip of [
      "0.0.0.0",
      "0.1.2.3",
      "224.0.0.1",
      "255.255.255.255",
      "::",
      "ff02::1",
      "fe80::1",
      "169.254.169.254",
    ]
  ) {
    assert.match(await protect({}).whyNot(ip) ?? "", /not the address of one machine$/, ip);
  }
});

Deno.test("ProtectedAddresses keeps every address of every server and proxy", async () => {
  const names: Record<string, string[]> = { a: ["198.51.100.1"], b: ["198.51.100.2"] };
  const addresses = protect({
    hosts: ["a", "b", "198.51.100.3", "gone"],
    lookUp: (host) =>
      names[host] ? Promise.resolve(names[host]) : Promise.reject(new Error("no such name")),
  });
  for (const [ip, host] of [["198.51.100.1", "a"], ["198.51.100.2", "b"]] as const) {
    assert.match(await addresses.whyNot(ip) ?? "", new RegExp(`server or proxy ${host}$`));
  }
  assert.match(await addresses.whyNot("198.51.100.3") ?? "", /server or proxy 198\.51\.100\.3$/);
  assert.equal(await addresses.whyNot("198.51.100.4"), undefined);
});

Deno.test("ProtectedAddresses refuses all while no address of a server is known", async () => {
  const addresses = protect({ lookUp: () => Promise.reject(new Error("no DNS")) });
  assert.match(await addresses.whyNot("192.0.2.7") ?? "", /cannot look up manager\.example$/);
});

Deno.test("ProtectedAddresses asks once a minute, and goes by what it knew when nobody answers", async () => {
  const clock = new MemoryClock();
  let asked = 0;
  const answers = [Promise.resolve(["198.51.100.1"]), new Promise<string[]>(() => {})];
  const addresses = protect({ lookUp: () => answers[asked++] ?? Promise.reject() }, clock);
  assert.match(await addresses.whyNot("198.51.100.1") ?? "", /server/);
  await addresses.whyNot("198.51.100.9");
  assert.equal(asked, 1);
  await clock.advance(60_000);
  const waiting = addresses.whyNot("198.51.100.1");
  await clock.advance(2_000);
  assert.match(await waiting ?? "", /server/);
  assert.equal(asked, 2);
});

Deno.test("ProtectedAddresses keeps the resolvers, without which no server is found", async () => {
  const addresses = protect({ resolvers: ["192.0.2.53", "2001:DB8::53"] });
  for (const ip of ["192.0.2.53", "2001:db8::53"]) {
    assert.match(await addresses.whyNot(ip) ?? "", /is the address of a resolver/);
  }
});
