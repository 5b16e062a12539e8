/**
 * `block-ip` with the real firewalls, in a network of its own where the system lets root make one.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type ActionRun } from "../../../../src/agent/responses/action.ts";
import { BlockIp } from "../../../../src/agent/responses/built_in/block_ip.ts";
import { firewalls } from "../../../../src/agent/responses/built_in/firewalls.ts";
import {
  type SystemTools,
  systemTools,
} from "../../../../src/agent/responses/built_in/system_tools.ts";
import { systemClock } from "../../../../src/shared/clock.ts";

const FOUR = "192.0.2.7";
const SIX = "2001:db8::7";
const real = systemTools(systemClock);
const { signal } = new AbortController();

/** A network with these addresses on its loopback interface, until it is disposed. */
class Network implements AsyncDisposable {
  readonly #holder: Deno.ChildProcess;
  readonly #only: readonly string[];

  private constructor(holder: Deno.ChildProcess, only: readonly string[]) {
    this.#holder = holder;
    this.#only = only;
  }

  /** @param only the programs that there are */
  static async make(only: readonly string[]): Promise<Network> {
    const options = { stdout: "piped", stderr: "null", stdin: "null" } as const;
    const holder = new Deno.Command("unshare", {
      args: ["-n", "sh", "-c", "echo ready; exec sleep 60"],
      ...options,
    }).spawn();
    const reader = holder.stdout.getReader();
    await reader.read();
    await reader.cancel();
    const network = new Network(holder, only);
    await network.run("ip", "link", "set", "lo", "up");
    await network.run("ip", "address", "add", `${FOUR}/32`, "dev", "lo");
    await network.run("ip", "address", "add", `${SIX}/128`, "dev", "lo", "nodad");
    return network;
  }

  /** Programs that work in this network. */
  get tools(): SystemTools {
    return {
      has: (name) => this.#only.includes(name) && real.has(name),
      run: (name, { arguments: list, ...call }) =>
        real.run("nsenter", { ...call, arguments: [...this.#inside, name, ...list] }),
    };
  }

  async run(name: string, ...list: string[]): Promise<string> {
    const result = await real.run("nsenter", {
      arguments: [...this.#inside, name, ...list],
      signal,
    });
    assert.equal(result.exit_status, 0, `${name} ${list.join(" ")}: ${result.stderr}`);
    return result.stdout;
  }

  /** Whether a packet to the address comes through: nobody listens there, and that is said at once, else within `limitS`. */
  async answers(ip: string, limitS = 10): Promise<boolean> {
    const script = `exec 3<>/dev/tcp/${ip}/9`;
    const { exit_status } = await real.run("nsenter", {
      arguments: [...this.#inside, "timeout", String(limitS), "bash", "-c", script],
      signal,
    });
    return exit_status !== 124;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#holder.kill("SIGKILL");
    await this.#holder.status;
  }

  get #inside(): string[] {
    return ["-t", String(this.#holder.pid), "-n"];
  }
}

/** Whether this system lets a network be made, and its firewall be changed. */
async function isPossible(): Promise<boolean> {
  const needed = ["nft", "iptables", "ip6tables", "ipset", "ip", "nsenter", "unshare", "bash"];
  if (Deno.build.os !== "linux" || !needed.every((name) => real.has(name))) return false;
  const { success } = await new Deno.Command("unshare", {
    args: ["-n", "sh", "-c", "nft list tables && iptables -L -n && ipset list"],
    stdout: "null",
    stderr: "null",
  }).output();
  return success;
}

function runOf(ip: string, durationMs: number, notes: { before: string | null }): ActionRun {
  return {
    name: "block-ip",
    subject: { source: { ip } },
    durationMs,
    orderedMs: durationMs,
    before: notes.before,
    noteBefore: (before) => Promise.resolve(void (notes.before = before)),
    claimKeys: () => Promise.resolve("continue"),
    signal,
  };
}

const FIREWALLS = {
  nftables: ["nft"],
  ipset: ["iptables", "ip6tables", "ipset"],
  iptables: ["iptables", "ip6tables"],
};
const possible = await isPossible();

for (const [name, only] of Object.entries(FIREWALLS)) {
  Deno.test({
    name: `BlockIp blocks and unblocks by ${name}, and leaves the rules of others alone ` +
      "(as root, with nft, iptables and ipset)",
    ignore: !possible,
    async fn() {
      await using network = await Network.make(only);
      const action = new BlockIp(firewalls(network.tools));
      await network.run("nft", "add", "table", "inet", "others");
      await network.run("iptables", "-A", "INPUT", "-s", "198.51.100.1", "-j", "ACCEPT");
      const others = () =>
        Promise.all([
          network.run("nft", "list", "table", "inet", "others"),
          network.run("iptables", "-S", "INPUT"),
        ]);
      const before = await others();
      for (const ip of [FOUR, SIX]) {
        const notes = { before: null };
        assert.ok(await network.answers(ip), `${ip} before`);
        const outcome = await action.enable(runOf(ip, 600_000, notes));
        assert.equal(outcome.message, `blocked by ${name}`);
        assert.equal(await network.answers(ip, 0.3), false, `${ip} blocked`);
        // Said twice it is no other.
        await action.enable(runOf(ip, 600_000, notes));
        await action.extend(runOf(ip, 900_000, notes));
        assert.equal((await action.disable(runOf(ip, 0, notes))).isDone, true);
        assert.ok(await network.answers(ip), `${ip} after`);
        assert.equal((await action.disable(runOf(ip, 0, notes))).isDone, true);
      }
      const [table, input] = await others();
      assert.equal(table, before[0]);
      assert.equal(input.replace(/^.*AGENT_RESPONSE.*\n/gm, ""), before[1]);
    },
  });
}

for (const name of ["nftables", "ipset"] as const) {
  Deno.test({
    name: `BlockIp by ${name} is ended by the kernel where no agent does, and extended there ` +
      "(as root, with nft, iptables and ipset)",
    ignore: !possible,
    async fn() {
      await using network = await Network.make(FIREWALLS[name]);
      const action = new BlockIp(firewalls(network.tools));
      const notes = { before: null };
      await action.enable(runOf(FOUR, 600_000, notes));
      const isListed = async () => {
        const list = name === "nftables"
          ? await network.run("nft", "list", "table", "inet", "agent_response")
          : await network.run("ipset", "list", "agent_response4");
        return list.includes(FOUR);
      };
      assert.equal(await isListed(), true);
      await action.extend(runOf(FOUR, 1_000, notes));
      while (await isListed());
      assert.ok(await network.answers(FOUR));
    },
  });
}

Deno.test({
  name: "BlockIp brings back 10,000 addresses at once (as root, with nft, iptables and ipset)",
  ignore: !possible,
  async fn() {
    await using network = await Network.make(FIREWALLS.nftables);
    const action = new BlockIp(firewalls(network.tools));
    const runs = Array.from({ length: 10_000 }, (_, index) => ({
      subject: { source: { ip: `10.7.${index >> 8}.${index & 255}` } },
      durationMs: 600_000,
      before: "nftables",
    }));
    await action.restore(runs, signal);
    const last = ["inet", "agent_response", "blocked4", "{ 10.7.39.15 }"];
    assert.match(await network.run("nft", "get", "element", ...last), /10\.7\.39\.15 timeout 10m/);
  },
});
