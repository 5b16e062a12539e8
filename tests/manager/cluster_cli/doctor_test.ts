import assert from "node:assert/strict";
import { findings } from "../../../src/manager/cluster_cli/doctor.ts";
import type { Inspection } from "../../../src/manager/cluster_cli/inspection.ts";

const STREAM = {
  name: "S",
  messages: 1,
  bytes: 1,
  max_bytes: 100,
  leader: "s1",
  replicas: 3,
  behind: [],
};
const FINE: Inspection = {
  server_version: "2.15.1",
  max_payload: 1_048_576,
  clock_ahead_ms: 3,
  streams: [STREAM],
  missing: [],
  nodes: ["m1", "m2"].map((node) => ({ node, version: "1", started_at: "" })),
  duties: {},
};

/** What is found that is not fine, but for what can never be seen. */
function troubles(changes: Partial<Inspection>): string[] {
  return findings({ ...FINE, ...changes })
    .filter(({ level, text }) => level !== "fine" && !text.includes("cannot be seen"))
    .map(({ level, text }) => `${level}: ${text}`);
}

Deno.test("cluster doctor finds nothing wrong with a cluster that is well", () => {
  assert.deepEqual(troubles({}), []);
});

Deno.test("cluster doctor says what is wrong, and what may become so", () => {
  const stream = (changes: Partial<typeof STREAM> & { leader?: string | null }) =>
    troubles({ streams: [{ ...STREAM, ...changes } as Inspection["streams"][number]] });
  assert.deepEqual(stream({ leader: null as unknown as string }), ["wrong: S has no leader"]);
  assert.deepEqual(stream({ bytes: 81 }), ["wrong: S is 81 % full"]);
  assert.deepEqual(stream({ behind: ["s2"] as never[] }), ["warning: S is behind at s2"]);
  assert.deepEqual(stream({ replicas: 1 }), [
    "warning: S is kept 1 times: a server that dies stops it",
  ]);
  assert.deepEqual(troubles({ missing: ["S"] }), ["wrong: Stream S is not there"]);
  assert.deepEqual(troubles({ clock_ahead_ms: -2_500 }), ["warning: The clocks are 2500 ms apart"]);
  assert.deepEqual(troubles({ clock_ahead_ms: 11_000 }), ["wrong: The clocks are 11000 ms apart"]);
  assert.deepEqual(troubles({ nodes: FINE.nodes.slice(1) }), ["warning: 1 managers live: m2"]);
  assert.match(
    troubles({ server_version: "2.9.10" })[0] ?? "",
    /^wrong: nats-server 2\.9\.10 is too old/,
  );
  assert.match(
    troubles({ server_version: "2.12.0" })[0] ?? "",
    /^warning: nats-server 2\.12\.0 has faults/,
  );
});

Deno.test("cluster doctor says what managers are given otherwise, and by which options", () => {
  const nodes = (...users: (string | undefined)[]) =>
    users.map((digest, index) => ({
      node: `m${index}`,
      version: "1",
      started_at: "",
      ...(digest !== undefined && { settings: { users: digest, index: "same" } }),
    }));
  assert.deepEqual(troubles({ nodes: nodes("a", "a", undefined) }), []);
  assert.deepEqual(troubles({ nodes: nodes("a", "b", undefined) }), [
    "wrong: Managers m0, m1 do not all have the same users",
  ]);
});
