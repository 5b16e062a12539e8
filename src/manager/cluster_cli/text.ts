/**
 * How a cluster stands, for people.
 *
 * @module
 */

import type { InspectedStream } from "../cluster/link/stream_inspection.ts";
import type { Inspection } from "./inspection.ts";

/** Streams and managers. */
export function statusLines(found: Inspection): string[] {
  return [
    `nats-server ${found.server_version}`,
    "",
    ...table(["STREAM", "MESSAGES", "BYTES", "FULL", "LEADER", "BEHIND"], found.streams.map(row)),
    ...found.missing.map((name) => `${name} is not there`),
    "",
    ...nodeLines(found),
  ];
}

/** Managers and duties. */
export function nodeLines({ nodes, duties }: Inspection): string[] {
  const rows = nodes.map(({ node, version, started_at }) => [
    node,
    version,
    started_at,
    Object.entries(duties).filter(([, holder]) => holder === node).map(([duty]) => duty).join(", "),
  ]);
  return table(["MANAGER", "VERSION", "STARTED", "DUTIES"], rows);
}

function row({ name, messages, bytes, max_bytes, leader, behind }: InspectedStream): string[] {
  const full = max_bytes > 0 ? `${Math.round(100 * bytes / max_bytes)} %` : "-";
  const shownLeader = leader === null ? "none" : leader || "-";
  return [name, String(messages), String(bytes), full, shownLeader, behind.join(", ") || "-"];
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const all = [heads, ...rows];
  const widths = heads.map((_, index) =>
    Math.max(...all.map((cells) => cells[index]?.length ?? 0))
  );
  return all.map((cells) =>
    cells.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join("  ").trimEnd()
  );
}
