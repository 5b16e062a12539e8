import assert from "node:assert/strict";
import type { ActionRun } from "../../../../src/agent/responses/action.ts";
import { shadowIn } from "../../../../src/agent/responses/built_in/accounts.ts";
import { DisableAccount } from "../../../../src/agent/responses/built_in/disable_account.ts";
import { systemTools } from "../../../../src/agent/responses/built_in/system_tools.ts";
import { systemClock } from "../../../../src/shared/clock.ts";
import { TempFolder } from "../../../support/queues.ts";

const HASH = "$6$abc$def";

interface Scene {
  action: DisableAccount;
  run(name: string, before?: string | null): ActionRun;
  shadow(name: string): { password: string; expireDays: number | undefined } | undefined;
  /** Changes an account as an administrator would. */
  change(name: string, ...args: string[]): Promise<void>;
  notes: string[];
}

const real = systemTools(systemClock);
const isRoot = Deno.build.os === "linux" && Deno.uid() === 0 && real.has("usermod");

/** With accounts of their own: those of the machine are left alone. */
function test(name: string, body: (scene: Scene) => Promise<void>): void {
  Deno.test({
    name: `DisableAccount ${name} (as root, with usermod)`,
    ignore: !isRoot,
    async fn() {
      using folder = new TempFolder();
      const etc = folder.file("etc");
      Deno.mkdirSync(etc);
      const write = (name: string, lines: string[]) =>
        Deno.writeTextFileSync(`${etc}/${name}`, `${lines.join("\n")}\n`);
      write("passwd", [
        "root:x:0:0::/root:/bin/sh",
        "svc:x:200:200::/:/bin/sh",
        "nobody:x:65534:65534::/:/bin/sh",
        ...USERS,
      ]);
      write(
        "shadow",
        ["root", "svc", "ann", "bob"].map((user) => `${user}:${HASH}:19000:0:99999:7:::`).concat(
          "key:!:19000:0:99999:7::20000:",
        ),
      );
      write("group", ["sudo:x:27:ann"]);
      const { signal } = new AbortController();
      const usermod = async (...args: string[]) => {
        const list = ["--prefix", folder.path, ...args];
        return await real.run("usermod", { arguments: list, signal });
      };
      const notes: string[] = [];
      const action = new DisableAccount({
        tools: { has: () => true, run: (_, { arguments: list }) => usermod(...list) },
        now: () => Date.UTC(2026, 0, 1),
        etc,
      });
      await body({
        action,
        notes,
        run: (name, before = null) => ({
          name: "disable-account",
          subject: { user: { name } },
          orderedMs: 600_000,
          before,
          noteBefore: (note) => Promise.resolve(void notes.push(note)),
          claimKeys: () => Promise.resolve("continue"),
          signal,
        }),
        shadow: (name) => shadowIn(Deno.readTextFileSync(`${etc}/shadow`), name),
        change: async (name, ...args) => void await usermod(...args, name),
      });
    },
  });
}

const USERS = ["ann", "bob", "key"].map((name, index) =>
  `${name}:x:${1000 + index}:${1000 + index}::/home/${name}:/bin/sh`
);

test("locks and expires an account, and brings back what was so before", async (scene) => {
  const { action, run, shadow, notes } = scene;
  assert.equal(await action.refusal(run("bob")), undefined);
  assert.equal((await action.enable(run("bob"))).isDone, true);
  assert.deepEqual(shadow("bob"), { password: `!${HASH}`, expireDays: 1 });
  const [before = ""] = notes;
  assert.equal((await action.disable(run("bob", before))).isDone, true);
  assert.deepEqual(shadow("bob"), { password: HASH, expireDays: undefined });
  assert.equal((await action.disable(run("bob", before))).isDone, true);
});

test("leaves locked what was locked before, and keeps the day on which it expires anyway", async (scene) => {
  const { action, run, shadow, notes } = scene;
  await action.enable(run("key"));
  assert.deepEqual(shadow("key"), { password: "!", expireDays: 1 });
  await action.disable(run("key", notes[0] ?? ""));
  assert.deepEqual(shadow("key"), { password: "!", expireDays: 20_000 });
});

test("goes by what the first of two tries found", async ({ action, run, shadow, notes }) => {
  await action.enable(run("bob"));
  const [before = ""] = notes;
  await action.enable(run("bob", before));
  assert.equal(notes.length, 1);
  await action.disable(run("bob", before));
  assert.deepEqual(shadow("bob"), { password: HASH, expireDays: undefined });
});

test("leaves alone what an administrator has changed since", async (scene) => {
  const { action, run, shadow, notes, change } = scene;
  await action.enable(run("bob"));
  await change("bob", "--expiredate", "2030-01-01");
  await action.disable(run("bob", notes[0] ?? ""));
  assert.equal(shadow("bob")?.expireDays, 21_915);
});

test("lets nobody in by an order to end what it has not done", async (scene) => {
  const { action, run, shadow, change } = scene;
  await change("bob", "--lock");
  await action.disable(run("bob"));
  assert.equal(shadow("bob")?.password, `!${HASH}`);
});

test("refuses accounts of the system, the last who may use sudo, and names that nobody has", async ({ action, run }) => {
  const cases: [string, RegExp][] = [
    ["root", /refused: root is an account of the system \(uid 0\)/],
    ["svc", /refused: svc is an account of the system \(uid 200\)/],
    ["nobody", /refused: nobody is an account of the system \(uid 65534\)/],
    ["ann", /refused: ann is the last who can log in and use sudo/],
    ["nobody-here", /there is no account "nobody-here" on this machine/],
    ["bo", /there is no account/],
  ];
  for (const [name, expected] of cases) {
    assert.match(await action.refusal(run(name)) ?? "", expected, name);
  }
  assert.match(await action.refusal({ subject: {} }) ?? "", /needs user\.name/);
});

test("an account that was removed meanwhile is no obstacle", async ({ action, run }) => {
  assert.equal(
    (await action.disable(run("gone", '{"locks":true,"expire_days":null}'))).isDone,
    true,
  );
});
