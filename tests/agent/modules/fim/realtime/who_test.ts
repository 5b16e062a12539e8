import assert from "node:assert/strict";
import { Who } from "../../../../../src/agent/modules/fim/realtime/who.ts";
import { AccountNames } from "../../../../../src/agent/modules/fim/record/account_names.ts";

const NAMES = new AccountNames({ passwd: "ana:x:1000:1000:::\n", group: "" });

function proc(pid: number, { name, start, login = 1000 }: {
  name: string;
  start: number;
  login?: number;
}): [string, string][] {
  const numbers = Array.from({ length: 18 }, (_, index) => index).join(" ");
  return [
    [`/proc/${pid}/stat`, `${pid} (${name}) S ${numbers} ${start} 0 0`],
    [`/proc/${pid}/status`, `Name:\t${name}\nPPid:\t1\nUid:\t1000\t0\t0\t0\n`],
    [`/proc/${pid}/cmdline`, `${name}\0--password\0hidden\0`],
    [`/proc/${pid}/exe`, `/usr/bin/${name} (deleted)`],
    [`/proc/${pid}/loginuid`, String(login)],
  ];
}

function scene(files: Map<string, string>) {
  let nowMs = 0;
  let reads = 0;
  const read = (path: string) => {
    reads++;
    return files.get(path);
  };
  const who = new Who({
    files: { readText: read, readLink: read },
    names: () => NAMES,
    monotonic: () => nowMs,
  });
  return { who, pass: (ms: number) => nowMs += ms, reads: () => reads };
}

Deno.test("Who: program, user, who logged in, and the parent", () => {
  const files = new Map([...proc(7, { name: "vi)", start: 5 }), [
    "/proc/1/status",
    "Name:\tinit\n",
  ]]);
  const { who } = scene(new Map(files as Iterable<[string, string]>));
  assert.deepEqual(who.of(7), {
    pid: 7,
    executable: "/usr/bin/vi)",
    name: "vi)",
    commandLine: "vi) --password ********",
    uid: 0,
    login: { uid: 1000, name: "ana" },
    parent: { pid: 1, name: "init" },
  });
});

Deno.test("Who: a process that is gone is known by its number, and nobody logged in is nobody", () => {
  const { who } = scene(new Map(proc(8, { name: "cron", start: 1, login: 4_294_967_295 })));
  assert.deepEqual(who.of(9), {
    pid: 9,
    executable: null,
    name: null,
    commandLine: null,
    uid: null,
    login: null,
    parent: null,
  });
  assert.equal(who.of(8)?.login, null);
  assert.equal(who.of(0), undefined);
});

Deno.test("Who: a process is looked up once, one that ended is remembered, and another one under its number is another", () => {
  const files = new Map(proc(7, { name: "one", start: 5 }));
  const { who, pass, reads } = scene(files);
  assert.equal(who.of(7)?.name, "one");
  const before = reads();
  who.of(7);
  assert.equal(reads(), before);
  files.clear();
  pass(1_000);
  assert.equal(who.of(7)?.name, "one");
  for (const [path, text] of proc(7, { name: "two", start: 9 })) files.set(path, text);
  pass(1_000);
  assert.equal(who.of(7)?.name, "two");
});
