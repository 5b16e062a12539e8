/**
 * What a scan by a policy of 200 checks and 400 rules costs: CPU time of the process itself, and wall time beside that of its commands alone.
 *
 * @module
 */

import process from "node:process";
import { scanInChildren } from "../../src/agent/modules/sca/scan/child_scan.ts";
import { CommandRunner } from "../../src/agent/modules/sca/scan/command_runner.ts";
import { FileAccess } from "../../src/agent/modules/sca/scan/file_access.ts";
import { RealMachine } from "../../src/agent/modules/sca/scan/real_machine.ts";
import { runScan } from "../../src/agent/modules/sca/scan/run_scan.ts";
import type { JobPolicy, ScanJob } from "../../src/agent/modules/sca/scan/scan_job.ts";
import { readPolicy } from "../../src/agent/modules/sca/language/read_policy.ts";
import { systemClock } from "../../src/shared/clock.ts";
import { benchPolicy } from "./policy.ts";

const CHECKS = 200;
const ROUNDS = 5;
const signal = new AbortController().signal;
const text = benchPolicy(CHECKS);
const { policy } = readPolicy(text, { file: "bench.yml" });
if (policy === undefined) throw new Error("The policy of the benchmark is none");

interface Cost {
  wallMs: number;
  cpuMs: number;
}

function jobOf(source: JobPolicy["source"]): ScanJob {
  return {
    policies: [{ key: "bench", file: "bench.yml", source, isRemote: false, skip: [] }],
    commandTimeoutMs: 20_000,
    maxOutputBytes: 1_048_576,
    ownFolders: [],
    remoteFiles: [],
    withTraces: false,
  };
}

function runner(): CommandRunner {
  return new CommandRunner({
    clock: systemClock,
    timeoutMs: 20_000,
    maxOutputBytes: 1_048_576,
    signal,
  });
}

async function scan(job: ScanJob): Promise<void> {
  const commands = runner();
  const machine = new RealMachine(new FileAccess(), (command) => commands.run(command));
  let results = 0;
  const say = ({ kind }: { kind: string }) => void (results += kind === "result" ? 1 : 0);
  await runScan(job, { machineFor: () => machine, say, signal });
  if (results !== CHECKS) throw new Error(`${results} results in place of ${CHECKS}`);
}

async function commandsAlone(): Promise<void> {
  const commands = runner();
  const rules = policy?.checks.flatMap(({ rules }) => rules) ?? [];
  await Promise.all(
    rules.filter((rule) => rule.text.startsWith("c:"))
      .map((rule) => commands.run(rule.text.slice(2).split(" -> ")[0] ?? "")),
  );
}

async function inChild(): Promise<void> {
  for await (
    const _ of scanInChildren(jobOf({ text }), { clock: systemClock, signal, timeoutMs: 60_000 })
  );
}

async function costOf(work: () => unknown): Promise<Cost> {
  const cpu = process.cpuUsage();
  const started = performance.now();
  await work();
  const { user, system } = process.cpuUsage(cpu);
  return { wallMs: performance.now() - started, cpuMs: (user + system) / 1_000 };
}

/** Medians of rounds in which everything is measured in turn. */
async function medians(works: readonly (() => unknown)[]): Promise<Cost[]> {
  const costs: Cost[][] = works.map(() => []);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, work] of works.entries()) costs[index]?.push(await costOf(work));
  }
  const median = (values: number[]) =>
    values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
  return costs.map((all) => ({
    wallMs: median(all.map(({ wallMs }) => wallMs)),
    cpuMs: median(all.map(({ cpuMs }) => cpuMs)),
  }));
}

const cold = await costOf(() => scan(jobOf({ text })));
const [commands, parsed, whole, child] = await medians([
  commandsAlone,
  () => scan(jobOf({ policy })),
  () => scan(jobOf({ text })),
  inChild,
]);
const line = (what: string, { wallMs, cpuMs }: Cost = { wallMs: 0, cpuMs: 0 }) =>
  console.log(
    `${what.padEnd(44)} ${wallMs.toFixed(0).padStart(6)} ms  ${
      cpuMs.toFixed(0).padStart(6)
    } ms CPU`,
  );

console.log(`policy: ${CHECKS} checks, ${2 * CHECKS} rules, ${text.length} bytes`);
line("its commands alone, two at a time", commands);
line("first scan of a process, with reading", cold);
line("scan, with reading the policy", whole);
line("scan of a policy that was read before", parsed);
line("the same with reading, in a child (agent only)", child);
const ratio = (one?: number, other?: number) => ((one ?? 0) / (other || 1)).toFixed(2);
console.log(
  `wall of a scan / of its commands alone          ${ratio(whole?.wallMs, commands?.wallMs)}`,
);
console.log(
  `CPU of a scan / of a scan without reading       ${ratio(whole?.cpuMs, parsed?.cpuMs)}`,
);
