/**
 * What agents say.
 *
 * @module
 */

import { createHash } from "node:crypto";

/** The key of every agent. */
export const KEY = "abcdefghijklmnopqrstuvwxyz012345";

const LINES = 20;

/** The registration of an agent. */
export function registrationOf(id: string) {
  return {
    id,
    name: id,
    key: KEY,
    type: "Endpoint",
    version: "1",
    host: {
      architecture: "x",
      hostname: "h",
      ip: ["127.0.0.1"],
      os: { name: "n", type: "t", version: "1" },
    },
    groups: ["all"],
  };
}

/** A batch of lines that no other one has. */
export function eventsOf(agentId: string, number: number): string {
  const head = { module: "logcollector", collector: "file" };
  const line = (index: number) => {
    const original = createHash("sha256").update(`${agentId} ${number} ${index}`).digest("hex");
    return [head, { event: { original } }];
  };
  const lines = Array.from({ length: LINES }, (_, index) => line(index)).flat();
  return ndjson([{ agent: { id: agentId } }, ...lines]);
}

/** The result of an order. */
export function resultOf(agentId: string, documentId: string, message: string): string {
  return ndjson([
    { agent: { id: agentId } },
    { module: "command", id: documentId, operation: "update" },
    { command: { result: { code: 0, message } } },
  ]);
}

function ndjson(lines: readonly unknown[]): string {
  return lines.map((line) => JSON.stringify(line)).join("\n");
}
