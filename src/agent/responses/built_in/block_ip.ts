/**
 * `block-ip`: drops all packets from and to an address, for a time. With nftables or ipset the kernel ends it, also when no agent
 * runs any more; with iptables alone only the agent does.
 *
 * @module
 */

import { messageOf } from "../../../shared/errors.ts";
import type { ActionOutcome, ActionRun, ResponseAction } from "../action.ts";
import type { Firewall } from "./firewalls.ts";

/** See the module's comment. */
export class BlockIp implements ResponseAction {
  readonly alwaysEnds = true;
  readonly #firewalls: readonly Firewall[];

  constructor(firewalls: readonly Firewall[]) {
    this.#firewalls = firewalls;
  }

  refusal({ subject: { source } }: Pick<ActionRun, "subject">): Promise<string | undefined> {
    return Promise.resolve(this.#refusal(source?.ip));
  }

  async enable(run: ActionRun): Promise<ActionOutcome> {
    const failures: string[] = [];
    const ip = addressOf(run);
    for (const firewall of this.#firewalls.filter((one) => one.isThere(ip))) {
      // Before it is done: whoever ends it has to know where.
      await run.noteBefore(firewall.name);
      try {
        await firewall.block([{ ip, durationMs: run.durationMs ?? 0 }], run.signal);
        return done(`blocked by ${firewall.name}`);
      } catch (error) {
        run.signal.throwIfAborted();
        failures.push(messageOf(error));
      }
    }
    return { isDone: false, message: failures.join("; "), exitCode: null };
  }

  async extend(run: ActionRun): Promise<ActionOutcome> {
    const ip = addressOf(run);
    const firewall = this.#noted(run);
    await firewall?.block([{ ip, durationMs: run.durationMs ?? 0 }], run.signal);
    return done("blocked until then");
  }

  async disable(run: ActionRun): Promise<ActionOutcome> {
    const ip = addressOf(run);
    const noted = this.#noted(run);
    // Without a note by an order for what is not written down: wherever it could be.
    const places = noted ? [noted] : this.#firewalls.filter((one) => one.isThere(ip)).slice(0, 1);
    for (const firewall of places) await firewall.unblock(ip, run.signal);
    return done("blocked no more");
  }

  async restore(
    runs: readonly Pick<ActionRun, "subject" | "durationMs" | "before">[],
    signal: AbortSignal,
  ): Promise<void> {
    for (const [name, group] of Map.groupBy(runs, ({ before }) => before)) {
      const addresses = group.flatMap(({ subject, durationMs }) =>
        subject.source === undefined ? [] : { ip: subject.source.ip, durationMs: durationMs ?? 0 }
      );
      await this.#firewalls.find((one) => one.name === name)?.block(addresses, signal);
    }
  }

  #refusal(ip: string | undefined): string | undefined {
    if (ip === undefined) return "block-ip needs source.ip";
    if (this.#firewalls.some((one) => one.isThere(ip))) return undefined;
    return "block-ip works with nft, or with iptables and ip6tables: none of them is on this machine";
  }

  #noted({ before }: Pick<ActionRun, "before">): Firewall | undefined {
    return this.#firewalls.find(({ name }) => name === before);
  }
}

function addressOf({ subject: { source } }: ActionRun): string {
  if (source === undefined) throw new Error("block-ip needs source.ip");
  return source.ip;
}

function done(message: string): ActionOutcome {
  return { isDone: true, message, exitCode: 0 };
}
