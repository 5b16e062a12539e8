/**
 * The proxy on the way to a server, and which servers are reached without it.
 *
 * @module
 */

import { BlockList, isIP } from "node:net";

/** As the configuration says it. */
export interface ProxyOptions {
  /** `http://[user:password@]host:port`; `undefined` or empty for none. */
  proxy?: string | undefined;
  /** Who is reached without it: host names (with all below them), addresses, networks, `*`, with commas between. */
  noProxy?: string | undefined;
}

/** A proxy. */
export interface Proxy {
  hostname: string;
  port: number;
  /** For people: without user and password. */
  shown: string;
  credentials?: { username: string; password: string };
}

/** What a request that went by a proxy failed with; its cause says what it was. */
export class ProxiedError extends Error {
  override readonly name = "ProxiedError";
  /** Without user and password. */
  readonly proxy: string;

  constructor(proxy: Proxy, cause: unknown) {
    super("through a proxy", { cause });
    this.proxy = proxy.shown;
  }
}

/** The proxy for requests to `url`; `undefined` when it is reached directly. */
export function proxyFor(
  url: string,
  { proxy = "", noProxy = "" }: ProxyOptions,
): Proxy | undefined {
  if (proxy === "" || isExcepted(new URL(url), noProxy)) return undefined;
  const { protocol, hostname, port, username, password } = new URL(proxy);
  return {
    hostname: bare(hostname),
    port: Number(port || 80),
    shown: `${protocol}//${hostname}:${port || 80}`,
    ...(username !== "" && {
      credentials: {
        username: decodeURIComponent(username),
        password: decodeURIComponent(password),
      },
    }),
  };
}

/** What of a proxy's URL nobody may read: the password as it is written and as it is meant. */
export function proxySecrets(proxy: string | undefined): string[] {
  const password = proxy === undefined || proxy === "" ? "" : new URL(proxy).password;
  return password === "" ? [] : [...new Set([password, decodeURIComponent(password)])];
}

/** Whether `noProxy` names the server at `url`. */
function isExcepted({ hostname, port, protocol }: URL, noProxy: string): boolean {
  const host = bare(hostname).toLowerCase();
  const usedPort = port || (protocol === "http:" ? "80" : "443");
  return noProxy.split(/[\s,]+/).filter((entry) => entry !== "").some((entry) => {
    if (entry === "*") return true;
    const { name, port: onlyPort } = entryOf(entry.toLowerCase());
    if (onlyPort !== undefined && onlyPort !== usedPort) return false;
    return name.includes("/") ? isInNetwork(host, name) : isOrIsBelow(host, name);
  });
}

/** A name with the port behind it, if there is one; addresses of version 6 have colons of their own. */
function entryOf(entry: string): { name: string; port?: string } {
  const [, name, port] = /^(\[[^\]]+\]|[^:]+):(\d+)$/.exec(entry) ?? [];
  return name === undefined || port === undefined
    ? { name: bare(entry) }
    : { name: bare(name), port };
}

/** `example.com`, `.example.com` and `*.example.com` stand for that name and all below it. */
function isOrIsBelow(host: string, name: string): boolean {
  const suffix = name.replace(/^\*?\./, "");
  return host === suffix || isIP(host) === 0 && host.endsWith(`.${suffix}`);
}

function isInNetwork(host: string, network: string): boolean {
  const [address = "", bits] = network.split("/");
  const [family, hostFamily] = [isIP(address), isIP(host)];
  if (family === 0 || family !== hostFamily) return false;
  const kind = family === 4 ? "ipv4" : "ipv6";
  try {
    const list = new BlockList();
    list.addSubnet(address, Number(bits), kind);
    return list.check(host, kind);
  } catch {
    return false;
  }
}

function bare(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, "");
}
