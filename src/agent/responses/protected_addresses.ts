/**
 * Addresses that no response may be enabled against, whatever the server says: those of this machine and of what connects it with
 * its server, and those that the owner of the machine named.
 *
 * @module
 */

import { AllowList } from "../../shared/allow_list.ts";
import type { Clock } from "../../shared/clock.ts";
import { canonicalIp, isLoopback } from "../../shared/networks.ts";

/** What {@linkcode ProtectedAddresses} are told by. */
interface ProtectedAddressesDeps {
  /** Addresses and networks of `active_response.allow`, in force now. */
  allow: () => readonly string[];
  /** Names or addresses of servers and proxies, in force now. */
  hosts: () => readonly string[];
  /** Addresses of this machine. */
  own: () => readonly string[];
  /** Addresses of those who are asked for names. */
  resolvers: () => readonly string[];
  /** Addresses of a name. */
  lookUp: (host: string) => Promise<readonly string[]>;
  clock: Pick<Clock, "monotonic" | "sleep">;
}

/** What a name led to when it was last asked for with success. */
interface KnownHost {
  addresses: ReadonlySet<string>;
  atMs: number;
}

/** A name is asked for again after so long, in milliseconds. */
const FRESH_MS = 60_000;
/** Longest wait for an answer, in milliseconds; what was known before counts on after that. */
const LOOK_UP_LIMIT_MS = 2_000;

/** Nobody's alone: this network, multicast, reserved and broadcast; link-local ones are another machine's on each interface. */
const NOT_ONE_MACHINE = [
  ...["0.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3"],
  ...["::/128", "fe80::/10", "ff00::/8"],
];

/** Says which addresses are protected. */
export class ProtectedAddresses {
  readonly #deps: ProtectedAddressesDeps;
  readonly #known = new Map<string, KnownHost>();
  readonly #notOneMachine = new AllowList(NOT_ONE_MACHINE);

  constructor(deps: ProtectedAddressesDeps) {
    this.#deps = deps;
  }

  /** Why nothing may be enabled against `ip`, in one line; `undefined` when it may. */
  async whyNot(ip: string): Promise<string | undefined> {
    const { allow, own, resolvers } = this.#deps;
    if (this.#notOneMachine.has(ip)) return `${ip} is not the address of one machine`;
    if (isLoopback(ip) || own().some((address) => canonicalIp(address) === ip)) {
      return `${ip} is an address of this machine`;
    }
    const entry = allow().find((one) => new AllowList([one]).has(ip));
    if (entry !== undefined) return `${ip} is protected here (active_response.allow: ${entry})`;
    if (resolvers().some((address) => canonicalIp(plain(address)) === ip)) {
      return `${ip} is the address of a resolver of this machine`;
    }
    return await this.#ofServer(ip);
  }

  async #ofServer(ip: string): Promise<string | undefined> {
    const hosts = this.#deps.hosts();
    const known = await Promise.all(hosts.map((host) => this.#addressesOf(host)));
    const index = known.findIndex((addresses) => addresses?.has(ip));
    if (index >= 0) return `${ip} is an address of the server or proxy ${hosts[index]}`;
    // One name that leads nowhere is nowhere that the agent could be cut off from; with none known anything could be the server.
    if (hosts.length === 0 || known.some((addresses) => addresses !== undefined)) return undefined;
    return `the addresses of the server are not known: cannot look up ${hosts.join(", ")}`;
  }

  async #addressesOf(host: string): Promise<ReadonlySet<string> | undefined> {
    const literal = canonicalIp(host);
    if (literal !== undefined) return new Set([literal]);
    const { clock } = this.#deps;
    const known = this.#known.get(host);
    if (known === undefined || clock.monotonic() - known.atMs >= FRESH_MS) {
      await this.#ask(host);
    }
    return this.#known.get(host)?.addresses;
  }

  async #ask(host: string): Promise<void> {
    const { lookUp, clock } = this.#deps;
    const over = new AbortController();
    const asked = lookUp(host).then((found) => this.#learn(host, found), () => {});
    await Promise.race([asked, clock.sleep(LOOK_UP_LIMIT_MS, over.signal).catch(() => {})]);
    over.abort();
  }

  #learn(host: string, found: readonly string[]): void {
    const addresses = new Set(found.flatMap((address) => canonicalIp(plain(address)) ?? []));
    if (addresses.size > 0) {
      this.#known.set(host, { addresses, atMs: this.#deps.clock.monotonic() });
    }
  }
}

/** Without its zone. */
function plain(address: string): string {
  return address.replace(/%.*$/, "");
}
