/**
 * What watching files costs, beside AIDE: first scan, rescan, and whether a swarm of changes is seen.
 *
 *     deno task bench:fim [FOLDER]
 *
 * Without AIDE (`apt-get install aide`) only our own figures are told. CPU time is that of the agent and of its child together.
 *
 * @module
 */

import { TempFolder } from "../../tests/support/queues.ts";
import { ownCpuMs } from "../support/process_usage.ts";
import { measureAide } from "./aide.ts";
import { measureSwarm } from "./changes.ts";
import { childrenCpuS } from "./children_cpu.ts";
import { FimStage } from "./stage.ts";

const [root = "/usr/share"] = Deno.args;

async function cpuOf(work: () => Promise<void>): Promise<number> {
  const [own, children] = [ownCpuMs(), childrenCpuS()];
  await work();
  return (ownCpuMs() - own) / 1_000 + childrenCpuS() - children;
}

async function measureScans() {
  using data = new TempFolder();
  await using stage = new FimStage(data, { directories: [root], realtime: "off" });
  const first = await cpuOf(() => stage.start());
  const child = stage.detail("scan_cpu_ms") / 1_000;
  const firstPeak = stage.detail("scan_peak_bytes");
  // What changed right before it was read is read again once.
  await stage.scan();
  const rescan = await cpuOf(() => stage.scan());
  const again = stage.detail("scan_cpu_ms") / 1_000;
  return { items: stage.detail("scan_items"), first, child, rescan, again, firstPeak };
}

function row(what: string, figure: string): void {
  console.log(`${what.padEnd(46)} ${figure}`);
}

// Whoever comes first would pay for reading from the disk.
new Deno.Command("nice", {
  args: ["find", root, "-xdev", "-type", "f", "-exec", "cat", "{}", "+"],
  stdout: "null",
  stderr: "null",
}).outputSync();
const { items, first, child, rescan, again, firstPeak } = await measureScans();
row(
  `first scan of ${items} things in ${root}`,
  `${first.toFixed(2)} s CPU, ${child.toFixed(2)} of it in the child`,
);
row(
  "rescan, nothing changed",
  `${rescan.toFixed(2)} s CPU, ${again.toFixed(2)} of it without the start of the child`,
);
row("most memory of the child", `${(firstPeak / 1e6).toFixed(0)} MB`);
using folder = new TempFolder();
const aide = measureAide(root, folder.path);
if (aide === undefined) row("AIDE", "not installed");
else {
  row(
    `AIDE ${aide.version} --init`,
    `${aide.initCpuS.toFixed(2)} s CPU, ours is 1/${(aide.initCpuS / first).toFixed(1)}`,
  );
  row(
    `AIDE ${aide.version} --check`,
    `${aide.checkCpuS.toFixed(2)} s CPU, ours is 1/${(aide.checkCpuS / rescan).toFixed(1)}`,
  );
}
if (Deno.args[1] !== "scans") {
  for (const way of ["fanotify", "inotify"]) {
    for (const files of [400, 4_000, 40_000]) {
      const result = await measureSwarm(way, { changes: 40_000, files, durationMs: 2_000 });
      row(
        `${way}: 40,000 changes of ${files} files in ${(result.tookMs / 1_000).toFixed(1)} s`,
        `${result.lost} lost, ${result.gaps} gaps, commit after ${result.p50} ms (p99 ${result.p99})`,
      );
    }
  }
}
