import assert from "node:assert/strict";
import { PACKAGED, serviceDocuments } from "../../../src/agent/service/documents.ts";
import { systemdUnit } from "../../../src/agent/service/systemd_unit.ts";

for (const [path, text] of serviceDocuments()) {
  Deno.test(`${path} is what agent service install writes for the usual places`, () => {
    assert.equal(Deno.readTextFileSync(path), text, "stale: deno task generate");
  });
}

Deno.test("the packages' unit differs from the project's in where the program lies", () => {
  const unit = Deno.readTextFileSync("config/agent.service");
  assert.equal(systemdUnit(PACKAGED), unit.replaceAll("/opt/agent", "/usr/lib/agent"));
});
