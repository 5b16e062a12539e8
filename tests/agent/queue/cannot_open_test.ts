import assert from "node:assert/strict";
import { cannotOpen } from "../../../src/agent/queue/database.ts";
import { AgentError } from "../../../src/shared/errors.ts";

Deno.test("a queue that a full disk keeps from being opened has a hint about the disk, any other one about the folder", () => {
  const hint = (reason: string) => {
    const error = cannotOpen("/data/agent.db", new Error(reason));
    return error instanceof AgentError ? error.hint ?? "" : "";
  };
  assert.match(hint("database or disk is full"), /^free some space: df -h "\/data"/);
  assert.match(hint("unable to open database file"), /agent\.path\.data/);
});
