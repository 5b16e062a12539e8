import assert from "node:assert/strict";
import {
  ownCpuMs,
  parseCpuSeconds,
  parseFields,
  readOpenFileLimit,
  readPeakResident,
  readResident,
  readUsage,
} from "../../bench/support/process_usage.ts";

const onLinux = { ignore: Deno.build.os !== "linux" };

Deno.test("parseCpuSeconds() adds up own and children's time, whatever the command is called", () => {
  const stat = "42 (a (b) c) S 1 42 42 0 -1 4194304 900 0 0 0 150 50 20 30 20 0 9 0 100 1 2";
  assert.equal(parseCpuSeconds(stat), 2.5);
});

Deno.test("parseFields() gives numbers by name, kilobytes as bytes", () => {
  const fields = parseFields("Name:\tdeno\nVmHWM:\t  1024 kB\nThreads:\t9\nwrite_bytes: 4096\n");
  assert.deepEqual([...fields], [["VmHWM", 1_048_576], ["Threads", 9], ["write_bytes", 4_096]]);
});

Deno.test("readUsage() also tells programs that may not do everything", onLinux, () => {
  const ownSeconds = ownCpuMs() / 1_000;
  const { cpu_s, peak_resident_bytes } = readUsage(Deno.pid);
  // User and system time are each rounded down to a tick; children that ended are in it too.
  assert.ok(cpu_s >= ownSeconds - 0.02, `${ownSeconds} s, ${cpu_s} s`);
  assert.ok(peak_resident_bytes <= readPeakResident(Deno.pid));
  assert.ok(readResident(Deno.pid) <= readPeakResident(Deno.pid));
  assert.ok(readOpenFileLimit(Deno.pid) > 0);
});

Deno.test("readUsage() throws when the process is gone", onLinux, async () => {
  const child = new Deno.Command("true").spawn();
  await child.status;
  assert.throws(() => readUsage(child.pid), /Cannot read "\/proc\/\d+\/io"/);
});
