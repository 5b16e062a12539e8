/**
 * What has to be the same at all managers of a cluster, and is given to each by its own options and files: the cluster cannot keep it, so
 * managers compare it.
 *
 * @module
 */

import type { ManagerOptions } from "./config/manager_options.ts";

/** What differs, as people call it, and the options that it comes of. */
export const COMPARED = {
  users: "manager.user, manager.password_file, manager.users_file",
  signing: "manager.signing_key_file",
  tokens: "manager.token_ttl, manager.token_key_life",
  orders: "manager.cloned_orders and the times of orders",
  silence: "manager_keepalive.interval, timeout, max_missed",
  index: "bulk_output",
} as const;

/** One of it. */
export type Compared = keyof typeof COMPARED;

/** The texts that are compared; with secrets in them, so only digests leave the manager. */
export function comparedTexts(
  options: ManagerOptions,
  signingKeyId: string | undefined,
): Record<Compared, string> {
  const { user, password, users = [], tokenTtlMs, tokenKeyLifeMs, keepAlive, bulkOutput } = options;
  const { clonedOrders, offerGraceMs, archiveAfterMs, removeAfterMs } = options;
  const { interval, timeout, max_missed } = keepAlive;
  const { url = "", data_stream, state_index } = bulkOutput;
  const others = users.map(({ role, name, password }) => [name, role, password]);
  const compared: Record<Compared, unknown> = {
    users: [[user, "admin", password], ...others].sort(),
    signing: signingKeyId ?? "",
    tokens: [tokenTtlMs, tokenKeyLifeMs],
    orders: [clonedOrders, offerGraceMs, archiveAfterMs, removeAfterMs],
    silence: [interval, timeout, max_missed],
    index: [url, data_stream, state_index],
  };
  return Object.fromEntries(
    Object.entries(compared).map(([name, value]) => [name, JSON.stringify(value)]),
  ) as Record<Compared, string>;
}

/** How several managers differ: what, and which of them. */
export function differences(
  managers: readonly { node: string; settings?: Readonly<Partial<Record<Compared, string>>> }[],
): { what: Compared; nodes: string[] }[] {
  const names = Object.keys(COMPARED) as Compared[];
  return names.flatMap((what) => {
    // A manager of an older version says nothing of it.
    const telling = managers.filter(({ settings }) => settings?.[what] !== undefined);
    const values = new Set(telling.map(({ settings }) => settings?.[what]));
    return values.size > 1 ? [{ what, nodes: telling.map(({ node }) => node) }] : [];
  });
}
