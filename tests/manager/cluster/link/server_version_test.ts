import assert from "node:assert/strict";
import { checkVersion } from "../../../../src/manager/cluster/link/server_version.ts";

Deno.test("checkVersion() refuses servers that can double a batch, and says which do not", () => {
  for (const version of ["2.9.10", "2.10.27", "v1.4.1", "nonsense"]) {
    assert.throws(() => checkVersion(version, () => {}), {
      message: `nats-server ${version} is too old: it can store a batch twice`,
      hint: /2\.11\.0 or newer, best 2\.12\.3/,
    });
  }
});

Deno.test("checkVersion() warns of servers with known faults, and of no others", () => {
  const warnings = ["2.11.0", "2.12.2", "2.12.3", "2.15.1", "3.0.0", "2.14.0-dev"].map(
    (version) => {
      const said: string[] = [];
      checkVersion(version, (text) => said.push(text));
      return said.length;
    },
  );
  assert.deepEqual(warnings, [1, 1, 0, 0, 0, 0]);
});
