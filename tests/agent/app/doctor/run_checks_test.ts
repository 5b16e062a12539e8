import assert from "node:assert/strict";
import type { DoctorCheck, Finding } from "../../../../src/agent/app/doctor/check.ts";
import { DoctorContext } from "../../../../src/agent/app/doctor/context.ts";
import { onlyGroups, runChecks } from "../../../../src/agent/app/doctor/run_checks.ts";
import { AgentError } from "../../../../src/shared/errors.ts";
import { Secrets } from "../../../../src/shared/log/secrets.ts";
import { FakeClock } from "../../../support/fake_clock.ts";

const OK: Finding = { status: "ok", message: "fine" };

function check(id: string, run: () => Finding, needs: Partial<DoctorCheck> = {}): DoctorCheck {
  return { id, group: "files", run, ...needs };
}

async function run(...checks: DoctorCheck[]) {
  const clock = new FakeClock();
  const { signal } = new AbortController();
  const options = { file: undefined, env: {}, clock, signal, secrets: new Secrets() };
  using context = new DoctorContext(options);
  return await runChecks(checks, context, options);
}

Deno.test("runChecks skips what needs a failed check, and what needs that, and names the check", async () => {
  const results = await run(
    check("a", () => ({ status: "fail", message: "broken" })),
    check("b", () => OK, { needs: ["a"] }),
    check("c", () => OK, { needs: ["b"] }),
    check("d", () => OK),
  );
  assert.deepEqual(results.map(({ status, message }) => [status, message]), [
    ["fail", "broken"],
    ["skip", "needs a"],
    ["skip", "needs b"],
    ["ok", "fine"],
  ]);
});

Deno.test("runChecks goes on behind a warning", async () => {
  const [, second] = await run(
    check("a", () => ({ status: "warn", message: "hm" })),
    check("b", () => OK, { needs: ["a"] }),
  );
  assert.equal(second?.status, "ok");
});

Deno.test("runChecks makes a check that needs one of several once one of them is well", async () => {
  const bad = (id: string) => check(id, () => ({ status: "fail", message: "" }));
  const eitherOf = check("x", () => OK, { needsOneOf: ["a", "b"] });
  const well = await run(bad("a"), check("b", () => OK), eitherOf);
  assert.equal(well.at(-1)?.status, "ok");
  const unwell = await run(bad("a"), bad("b"), eitherOf);
  assert.equal(unwell.at(-1)?.message, "needs a or b");
});

Deno.test("runChecks tells of what a check throws, with its hint, on one line", async () => {
  const thrown = new AgentError("failed", "line one\nline two", { hint: "do that" });
  const [result] = await run(check("a", () => {
    throw thrown;
  }));
  assert.deepEqual(
    [result?.status, result?.message, result?.try],
    ["fail", "line one line two", "do that"],
  );
});

Deno.test("onlyGroups keeps a group, and what its checks need", () => {
  const all = [
    check("config.a", () => OK, { group: "config" }),
    check("files.b", () => OK, { needs: ["config.a"] }),
    check("files.c", () => OK),
    check("server.d", () => OK, { group: "server", needsOneOf: ["files.b"] }),
  ];
  const ids = onlyGroups(all, ["server"]).map(({ id }) => id);
  assert.deepEqual(ids, ["config.a", "files.b", "server.d"]);
});
