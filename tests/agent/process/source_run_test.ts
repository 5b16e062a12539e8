import assert from "node:assert/strict";
import project from "../../../deno.json" with { type: "json" };
import { sourceRunArgs, sourceRunEnv } from "../../../src/agent/process/source_run.ts";

Deno.test("sourceRunEnv() keeps Deno from asking for updates, as the task does", () => {
  assert.equal(sourceRunEnv().DENO_NO_UPDATE_CHECK, "1");
});

Deno.test("sourceRunArgs() and sourceRunEnv() are the whole task", () => {
  const variables = Object.entries(sourceRunEnv()).map(([name, value]) => `${name}=${value}`);
  const [main = "", , , ...others] = sourceRunArgs().toReversed();
  const words = [...variables, "deno", ...others.toReversed(), "src/main.ts"];
  assert.equal(words.join(" "), project.tasks.agent.command);
  assert.match(main, /\/src\/main\.ts$/);
});

for (const [name, { command }] of Object.entries(project.tasks)) {
  if (!/\bdeno run\b/.test(command)) continue;
  Deno.test(`the task ${name} asks nobody for updates`, () => {
    assert.match(command, /^DENO_NO_UPDATE_CHECK=1 /);
  });
}
