/**
 * What `manager cluster backup` and `manager cluster restore` are given and say.
 *
 * @module
 */

import { resolve } from "node:path";
import type { ClusterLink } from "../../cluster/link/cluster_link.ts";
import type { Manifest } from "./manifest.ts";
import { restoreBackup } from "./restore.ts";
import { takeBackup } from "./take_backup.ts";

type Own = Readonly<Record<string, unknown>>;

/** Runs `backup`. */
export async function runBackup(link: ClusterLink, own: Own) {
  const folder = resolve(String(own.to));
  const manifest = await takeBackup(link, folder);
  const lines = [`Backed up to ${folder}:`, ...linesOf(manifest)];
  return { json: { folder, ...totals(manifest) }, lines };
}

/** Runs `restore`. */
export async function runRestore(link: ClusterLink, own: Own) {
  const folder = resolve(String(own.from));
  const { manifest, ended_orders } = await restoreBackup(link, {
    folder,
    replace: own.replace === true,
    warn: (text) => console.error(text),
  });
  const lines = [
    `Restored what cluster "${manifest.cluster}" was at ${manifest.made_at}:`,
    ...linesOf(manifest),
    ...(ended_orders > 0 ? [`${ended_orders} orders were open and done: they count as done`] : []),
  ];
  return { json: { folder, ...totals(manifest), ended_orders }, lines };
}

function linesOf({ streams }: Manifest): string[] {
  return streams.map(({ what, at, bytes, state }) =>
    `  ${what.padEnd(14)} ${at}  ${state.messages} messages, ${bytes} bytes`
  );
}

function totals({ cluster, made_at, streams }: Manifest) {
  const told = streams.map(({ what, at, bytes, state }) => ({
    stream: what,
    at,
    messages: state.messages,
    bytes,
  }));
  return { cluster, made_at, streams: told };
}
