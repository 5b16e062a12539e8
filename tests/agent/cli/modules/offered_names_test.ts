import assert from "node:assert/strict";
import { outputOf } from "../../../support/installed.ts";
import { sourceRunArgs } from "../../../../src/agent/process/source_run.ts";

Deno.test("completions offer the names of modules where a module is to be named", async () => {
  const text = await outputOf([Deno.execPath(), ...sourceRunArgs(), "completions", "bash"]);
  for (const command of ["enable", "disable", "scan", "reset"]) {
    assert.match(text, new RegExp(`'agent modules ${command}\\|'\\*\\) .*\\blogcollector\\b`));
  }
});
