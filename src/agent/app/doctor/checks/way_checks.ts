/**
 * Checks of the way to a server up to where TLS begins: name, connection, proxy, clock. Nothing secret is sent.
 *
 * @module
 */

import { durationText } from "../../../../shared/text.ts";
import { describeFetchError } from "../../../comms/connection/fetch_error.ts";
import { lookUp, tryConnection, tryTunnel } from "../../../comms/connection/way_probe.ts";
import { hintForCause, lostProxyHint, proxyHint } from "../../../status/health/server_hints.ts";
import type { Finding } from "../check.ts";
import { STEP_LIMIT_MS } from "../bare_connection.ts";
import type { ServerRoute } from "../server_route.ts";

/** Clocks that differ by less are called equal: the server tells whole seconds, and both may be slow. */
const CLOCK_WARN_MS = 5_000;
/** From here on tokens and certificates begin to be judged wrongly. */
const CLOCK_FAIL_MS = 60_000;

/** Whether the host that is connected to has an address. */
export async function checkName(route: ServerRoute): Promise<Finding> {
  const { host } = route.firstHop;
  try {
    const addresses = await lookUp(host, STEP_LIMIT_MS);
    const message = addresses[0] === host
      ? `${host} is an address`
      : `${host} is ${list(addresses)}`;
    return { status: "ok", message };
  } catch (error) {
    const { text } = describeFetchError(error, route.url);
    const what = route.proxy === undefined ? "agent.server_url" : "agent.proxy";
    return {
      status: "fail",
      message: `no address for "${host}" of ${what}: ${
        text.replace(/^cannot connect to \S+: /, "")
      }`,
      try: `check the host name in ${what}, and this machine's DNS: getent hosts ${host}`,
    };
  }
}

/** Whether each of its addresses takes a connection. */
export async function checkConnection(route: ServerRoute): Promise<Finding> {
  const { host, port } = route.firstHop;
  const found = await Promise.all(
    (await lookUp(host, STEP_LIMIT_MS)).map(async (address) => {
      const startedMs = performance.now();
      try {
        await tryConnection({ host: address, port }, STEP_LIMIT_MS);
        const ms = Math.round(performance.now() - startedMs);
        return { address, text: `${address} port ${port}: ${ms} ms`, failure: undefined };
      } catch (error) {
        const failure = describeFetchError(error, route.url);
        const why = failure.text.replace(/^(cannot connect to|no answer from) \S+: /, "");
        return { address, text: `${address} port ${port}: ${why}`, failure };
      }
    }),
  );
  const failed = found.filter(({ failure }) => failure !== undefined);
  const message = found.map(({ text }) => text).join("; ");
  const [first] = failed;
  if (first?.failure === undefined) return { status: "ok", message };
  const hint = route.proxy === undefined
    ? hintForCause(first.failure.kind, { reason: first.failure.text, url: route.url })
    : lostProxyHint(route.proxy.shown);
  // What connects takes another of the addresses.
  return { status: failed.length < found.length ? "warn" : "fail", message, try: hint };
}

/** Whether the proxy connects to the server. */
export async function checkProxy(route: ServerRoute): Promise<Finding> {
  const { proxy, server, url } = route;
  if (proxy === undefined) return { status: "ok", message: "none on the way" };
  try {
    await tryTunnel(proxy, server, STEP_LIMIT_MS);
    return { status: "ok", message: `${proxy.shown} connects to ${server.host}:${server.port}` };
  } catch (error) {
    const { text } = describeFetchError(error, url);
    return {
      status: "fail",
      message: `${text} (through the proxy ${proxy.shown})`,
      try: proxyHint(`${server.host}:${server.port}`),
    };
  }
}

/** How far this machine's clock is from the server's, who is not checked for that: a wrong clock makes good certificates look bad. */
export async function checkClock(route: ServerRoute): Promise<Finding> {
  const asked = await route.askUnchecked();
  const serverMs = Date.parse(asked?.answer.headers.get("date") ?? "");
  if (asked === undefined || Number.isNaN(serverMs)) {
    return { status: "skip", message: "the server tells no time" };
  }
  // Its Date has whole seconds, cut off.
  const offsetMs = serverMs + 500 - asked.atMs;
  const seconds = Math.abs(offsetMs) / 1000;
  if (seconds * 1000 < CLOCK_WARN_MS) {
    return { status: "ok", message: `within ${Math.ceil(seconds)} s of the server's` };
  }
  return {
    status: seconds * 1000 < CLOCK_FAIL_MS ? "warn" : "fail",
    message:
      `this machine's clock is ${durationText(seconds)} ${offsetMs > 0 ? "behind" : "ahead of"} ` +
      `the server's (here ${iso(asked.atMs)}, there ${iso(serverMs)})`,
    try: "compare both with a clock that you trust (date -u), and set the wrong one: timedatectl " +
      "set-ntp true",
  };
}

function iso(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+/, "");
}

function list(addresses: readonly string[]): string {
  return addresses.join(", ");
}
