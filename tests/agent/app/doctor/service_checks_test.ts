import assert from "node:assert/strict";
import { limitsCheck, unitCheck } from "../../../../src/agent/app/doctor/checks/service_checks.ts";
import type { DoctorContext } from "../../../../src/agent/app/doctor/context.ts";

const NOBODY = {} as DoctorContext;

function unit(properties: Record<string, string>) {
  const output = Object.entries(properties).map(([name, value]) => `${name}=${value}`).join("\n");
  const sound = { LoadState: "loaded", UnitFileState: "enabled", ActiveState: "active" };
  const lines = Object.entries(sound).filter(([name]) => !(name in properties))
    .map(([name, value]) => `${name}=${value}`);
  const run = () => Promise.resolve({ code: 0, output: [output, ...lines].join("\n") });
  return unitCheck({ run }).run(NOBODY);
}

/** What systemd says, and what follows. */
const UNITS: [Record<string, string>, string, RegExp, RegExp][] = [
  [{}, "ok", /unit agent is active, enabled/, /^$/],
  [{ LoadState: "not-found" }, "skip", /no unit agent/, /^$/],
  [{ LoadState: "masked" }, "fail", /masked/, /systemctl unmask agent/],
  [
    { ActiveState: "failed", Result: "exit-code" },
    "fail",
    /has failed \(exit-code\)/,
    /agent logs/,
  ],
  [{ NRestarts: "7" }, "warn", /restarted 7 times/, /agent logs/],
  [{ NRestarts: "1" }, "ok", /active/, /^$/],
  [{ UnitFileState: "disabled" }, "warn", /does not start with/, /systemctl enable agent/],
];

for (const [properties, status, message, hint] of UNITS) {
  Deno.test(`unitCheck() says ${status} of ${JSON.stringify(properties)}`, async () => {
    const found = await unit(properties);
    assert.equal(found.status, status);
    assert.match(found.message, message);
    assert.match(found.try ?? "", hint);
  });
}

Deno.test("unitCheck() says that there is no systemd where systemctl fails or is missing", async () => {
  for (const code of [1, undefined]) {
    const run = () => Promise.resolve({ code, output: "Host is down" });
    assert.equal((await unitCheck({ run }).run(NOBODY)).status, "skip");
  }
});

function limits(text: string | undefined, followed: number) {
  const asked: string[] = [];
  const readText = (path: string) => {
    asked.push(path);
    return text;
  };
  const context = {
    running: () => Promise.resolve({ pid: 77 }),
    askAgent: () => Promise.resolve({ files: Array.from({ length: followed }) }),
  } as unknown as DoctorContext;
  return { found: limitsCheck({ readText }).run(context), asked };
}

const LINE = "Limit                     Soft Limit           Hard Limit           Units\n" +
  "Max open files            1024                 524288               files\n";

Deno.test("limitsCheck() holds the running agent's limit of open files against the files that it follows", async () => {
  const { found, asked } = limits(LINE, 10);
  assert.deepEqual(await found, {
    status: "ok",
    message: "1024 files may be open, 138 are needed",
  });
  assert.deepEqual(asked, ["/proc/77/limits"]);
  const few = await limits(LINE, 2_000).found;
  assert.equal(few.status, "warn");
  assert.match(few.try ?? "", /LimitNOFILE=4256/);
});

Deno.test("limitsCheck() is skipped where the system tells no limit", async () => {
  assert.equal((await limits(undefined, 1).found).status, "skip");
  assert.equal((await limits("nothing", 1).found).status, "skip");
});
