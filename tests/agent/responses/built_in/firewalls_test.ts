import assert from "node:assert/strict";
import type { ActionRun } from "../../../../src/agent/responses/action.ts";
import { BlockIp } from "../../../../src/agent/responses/built_in/block_ip.ts";
import { firewalls } from "../../../../src/agent/responses/built_in/firewalls.ts";
import { iptablesListed } from "../../../../src/agent/responses/built_in/iptables.ts";
import { nftBlock, nftUnblock } from "../../../../src/agent/responses/built_in/nftables.ts";
import type { SystemTools } from "../../../../src/agent/responses/built_in/system_tools.ts";

/** Programs that write down what they are told; those of which a line of `fail` is the beginning fail. */
function toolsOf(names: string[], fail: string[] = [], stdout = "") {
  const calls: string[] = [];
  const tools: SystemTools = {
    has: (name) => names.includes(name),
    run(name, { arguments: list, input }) {
      const call = [name, ...list, ...(input === undefined ? [] : [input])].join(" ");
      calls.push(call);
      const failed = fail.some((beginning) => call.startsWith(beginning));
      const ended = { signal: null, stdout, stderr: failed ? "no\n" : "", cut: false };
      return Promise.resolve({ exit_status: failed ? 1 : 0, ...ended });
    },
  };
  return { tools, calls };
}

const { signal } = new AbortController();

function runOf(ip: string, before: string | null = null, notes: string[] = []): ActionRun {
  return {
    name: "block-ip",
    subject: { source: { ip } },
    durationMs: 600_000,
    orderedMs: 600_000,
    before,
    noteBefore: (note) => Promise.resolve(void notes.push(note)),
    claimKeys: () => Promise.resolve("continue"),
    signal,
  };
}

Deno.test("nftBlock() makes a table of its own, and entries that end by themselves", () => {
  const lines = nftBlock([
    { ip: "192.0.2.7", durationMs: 600_000 },
    { ip: "2001:db8::7", durationMs: 1 },
  ]).split("\n");
  assert.ok(lines.every((line) => line === "" || line.includes(" inet agent_response")));
  assert.deepEqual(lines.filter((line) => line.includes("192.0.2.7")), [
    "add element inet agent_response blocked4 { 192.0.2.7 }",
    "delete element inet agent_response blocked4 { 192.0.2.7 }",
    "add element inet agent_response blocked4 { 192.0.2.7 timeout 600s }",
  ]);
  assert.ok(
    lines.includes("add element inet agent_response blocked6 { 2001:db8::7 timeout 1s }"),
  );
  assert.ok(lines.includes("add rule inet agent_response input ip saddr @blocked4 drop"));
  assert.ok(lines.includes("add rule inet agent_response output ip6 daddr @blocked6 drop"));
});

Deno.test("nftUnblock() takes one address away, whether it is there or not", () => {
  const lines = nftUnblock("2001:db8::7").split("\n").filter((line) => line.includes("db8"));
  assert.deepEqual(lines, [
    "add element inet agent_response blocked6 { 2001:db8::7 }",
    "delete element inet agent_response blocked6 { 2001:db8::7 }",
  ]);
});

Deno.test("BlockIp takes nftables where it is, and notes that before", async () => {
  const { tools, calls } = toolsOf(["nft", "iptables", "ipset"]);
  const notes: string[] = [];
  const outcome = await new BlockIp(firewalls(tools)).enable(runOf("192.0.2.7", null, notes));
  assert.deepEqual([outcome.isDone, outcome.message], [true, "blocked by nftables"]);
  assert.deepEqual(notes, ["nftables"]);
  assert.equal(calls.length, 1);
  assert.match(calls[0] ?? "", /^nft -f - add table/);
});

Deno.test("BlockIp takes a set of ipset where nft is missing or fails", async () => {
  for (
    const { tools, calls } of [
      toolsOf(["iptables", "ipset"], ["iptables -w 5 -C", "iptables -w 5 -n"]),
      toolsOf(["nft", "iptables", "ipset"], ["nft", "iptables -w 5 -C", "iptables -w 5 -n"]),
    ]
  ) {
    const notes: string[] = [];
    const outcome = await new BlockIp(firewalls(tools)).enable(runOf("192.0.2.7", null, notes));
    assert.equal(outcome.message, "blocked by ipset");
    assert.equal(notes.at(-1), "ipset");
    const set = "-m set --match-set agent_response4";
    assert.deepEqual(calls.filter((call) => !call.startsWith("nft")), [
      "ipset create -exist agent_response4 hash:ip family inet timeout 0",
      "iptables -w 5 -n -L AGENT_RESPONSE",
      "iptables -w 5 -N AGENT_RESPONSE",
      ...["INPUT", "FORWARD", "OUTPUT"].flatMap((from) => [
        `iptables -w 5 -C ${from} -j AGENT_RESPONSE`,
        `iptables -w 5 -I ${from} 1 -j AGENT_RESPONSE`,
      ]),
      `iptables -w 5 -C AGENT_RESPONSE ${set} src -j DROP`,
      `iptables -w 5 -A AGENT_RESPONSE ${set} src -j DROP`,
      `iptables -w 5 -C AGENT_RESPONSE ${set} dst -j DROP`,
      `iptables -w 5 -A AGENT_RESPONSE ${set} dst -j DROP`,
      "ipset add -exist agent_response4 192.0.2.7 timeout 600",
    ]);
  }
});

Deno.test("BlockIp takes iptables alone where there is nothing else, and ip6tables for IPv6", async () => {
  const { tools, calls } = toolsOf(["iptables", "ip6tables"]);
  await new BlockIp(firewalls(tools)).enable(runOf("2001:db8::7"));
  assert.ok(calls.every((call) => call.startsWith("ip6tables -w 5 ")));
  assert.equal(calls.at(-1), "ip6tables -w 5 -C AGENT_RESPONSE -d 2001:db8::7 -j DROP");
});

Deno.test("BlockIp ends it where it was done, and extends it there", async () => {
  const { tools, calls } = toolsOf(["nft", "iptables", "ipset"]);
  const action = new BlockIp(firewalls(tools));
  await action.disable(runOf("192.0.2.7", "ipset"));
  assert.equal(calls.at(-1), "ipset del -exist agent_response4 192.0.2.7");
  await action.extend({ ...runOf("192.0.2.7", "ipset"), durationMs: 5_000 });
  assert.equal(calls.at(-1), "ipset add -exist agent_response4 192.0.2.7 timeout 5");
  assert.ok(calls.every((call) => !call.startsWith("nft")));
});

Deno.test("BlockIp removes the rules of one address from its chain of iptables, and no others", async () => {
  const listing = [
    "-N AGENT_RESPONSE",
    "-A AGENT_RESPONSE -s 192.0.2.7/32 -j DROP",
    "-A AGENT_RESPONSE -s 192.0.2.77/32 -j DROP",
    "-A AGENT_RESPONSE -d 192.0.2.77/32 -j DROP",
  ].join("\n");
  assert.deepEqual(iptablesListed(listing, "192.0.2.7"), [true, false]);
  const { tools, calls } = toolsOf(["iptables"], [], listing);
  await new BlockIp(firewalls(tools)).disable(runOf("192.0.2.7", "iptables"));
  const removals = calls.filter((call) => call.includes("-D"));
  assert.deepEqual(removals, ["iptables -w 5 -D AGENT_RESPONSE -s 192.0.2.7 -j DROP"]);
});

Deno.test("BlockIp says why it cannot", async () => {
  const { tools } = toolsOf(["nft", "iptables"], ["nft", "iptables"]);
  const action = new BlockIp(firewalls(tools));
  const outcome = await action.enable(runOf("192.0.2.7"));
  assert.deepEqual([outcome.isDone, outcome.message], [false, "nft: no; iptables: no"]);
  await assert.rejects(action.disable(runOf("192.0.2.7", "nftables")), /nft: no/);
  const none = new BlockIp(firewalls(toolsOf([]).tools));
  assert.match(await none.refusal(runOf("192.0.2.7")) ?? "", /none of them is on this machine/);
  assert.match(await action.refusal({ subject: {} }) ?? "", /needs source\.ip/);
  const four = new BlockIp(firewalls(toolsOf(["iptables"]).tools));
  assert.match(await four.refusal(runOf("2001:db8::7")) ?? "", /none of them/);
});

Deno.test("BlockIp brings back what the machine forgot in one go for each firewall", async () => {
  const { tools, calls } = toolsOf(["nft", "iptables", "ipset"]);
  const runs = Array.from({ length: 1_000 }, (_, index) => ({
    ...runOf(`10.7.${index >> 8}.${index & 255}`, "nftables"),
    durationMs: 60_000,
  }));
  await new BlockIp(firewalls(tools)).restore(runs, signal);
  assert.equal(calls.length, 1);
  assert.match(calls[0] ?? "", /10\.7\.3\.231 timeout 60s/);
});
