import assert from "node:assert/strict";
import * as z from "zod";
import { ExecutorRegistry } from "../../../src/agent/commands/executor_registry.ts";
import type { Executor } from "../../../src/agent/commands/types.ts";

function executor(action: string): Executor {
  return {
    action,
    args: z.unknown(),
    execute: () => Promise.resolve({ code: 0, message: action }),
  };
}

Deno.test("ExecutorRegistry refuses two executors for one action: one of them would never run", () => {
  assert.throws(
    () => new ExecutorRegistry([executor("status"), executor("count"), executor("status")]),
    { name: "TypeError", message: 'Two executors have the action "status"' },
  );
  assert.equal(new ExecutorRegistry([executor("a"), executor("b")]).get("b")?.action, "b");
});
