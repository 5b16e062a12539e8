import assert from "node:assert/strict";
import { Installation } from "../../../src/agent/upgrade/installation.ts";
import { requireSpace } from "../../../src/agent/upgrade/space.ts";

const TARGET = { name: "agent", size: 100_000_000, sha256: "00" };
const NEEDED = 2.2 * TARGET.size + 256 * 1024 * 1024;

Deno.test("requireSpace() wants 2.2 times the file and 256 MiB, and says how much there is", () => {
  const installation = new Installation("/opt/agent");
  requireSpace(installation, TARGET, () => NEEDED);
  const looked: string[] = [];
  assert.throws(() =>
    requireSpace(installation, TARGET, (path) => {
      looked.push(path);
      return NEEDED - 1;
    }), { reason: "no_space", message: /needs 466 MiB of free disk below "\/opt\/agent"/ });
  assert.deepEqual(looked, ["/opt/agent/versions"]);
});
