import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { toldError } from "../../../src/agent/platform/told_error.ts";
import { AgentError } from "../../../src/shared/errors.ts";

function told(error: unknown) {
  const one = toldError(error);
  assert(one instanceof AgentError);
  return { code: one.code, message: one.message, hint: one.hint };
}

Deno.test("toldError() names the file that this user may not use, and whose it is to use it", () => {
  const error = new Deno.errors.PermissionDenied(
    "Permission denied (os error 13): stat '/d/agent.db'",
  );
  assert.deepEqual(told(error), {
    code: "folder_unusable",
    message: 'Cannot use "/d/agent.db": permission denied',
    hint: "run this as the user that the agent runs as",
  });
});

Deno.test("toldError() names the disk that is full", () => {
  const error = new Error("No space left on device (os error 28): writefile '/d/x'");
  assert.deepEqual(told(error).message, 'Cannot use "/d/x": no space left on device');
  assert.match(told(error).hint ?? "", /df -h "\/d\/x"/);
});

Deno.test("toldError() says what to do about a database that SQLite cannot make sense of", () => {
  using database = new DatabaseSync(":memory:");
  let thrown: unknown;
  try {
    database.exec("SELECT * FROM nowhere");
  } catch (error) {
    thrown = error;
  }
  const { message, hint } = told(thrown);
  assert.equal(message, "The agent's database cannot be used: no such table: nowhere");
  assert.match(hint ?? "", /agent queue verify/);
});

Deno.test("toldError() leaves alone what has words, and what is no fault of disk or rights", () => {
  for (const error of [new AgentError("usage", "x"), new TypeError("x"), "x"]) {
    assert.equal(toldError(error), error);
  }
});
