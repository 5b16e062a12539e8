/**
 * `deno task demo`: a manager over TLS, an agent, a log file that is being written to, an outage, a graceful stop, and
 * the count of what arrived. Exit status 0 only when the figures agree.
 *
 * @module
 */

import { Command } from "commander";
import { parseDuration } from "../../src/shared/config/units.ts";
import { isFollowing } from "./agent_numbers.ts";
import { LogWriter } from "./log_writer.ts";
import { PackageDatabase } from "./package_database.ts";
import { DemoPrograms, PASSWORD, tailOf } from "./programs.ts";
import { Tally } from "./tally.ts";
import { View } from "./view.ts";
import { WatchedFile } from "./watched_file.ts";

const STOP_SIGNALS: Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT", "SIGBREAK"]
  : ["SIGINT", "SIGTERM"];
const LINES_PER_SECOND = 400;
const VIEW_INTERVAL_MS = 250;
/** The manager sends a command after this share of the time. */
const COMMAND_AT = 0.15;
/** A package is installed, and a file changed, after this share of the time. */
const PACKAGE_AT = 0.25;
const SHOWN_WITHIN_MS = 20_000;
/** The manager goes away after this share of the time, and comes back after the second one. */
const OUTAGE = { from: 0.4, to: 0.6 };
/** Longest wait for the rest to arrive once nothing is written any more. */
const CATCH_UP_MS = 30_000;

const program = new Command("demo")
  .description("Shows the agent deliver every line of a log, through an outage of the manager.")
  .option("--for <duration>", "how long lines are written, such as 20s", "18s")
  .option("--keep", "keep the temporary folder")
  .option(
    "--page",
    "stay after the count, with agent and log, until stopped: for looking at the page",
  )
  .parse(Deno.args, { from: "user" });
const { for: length, keep, page } = program.opts<{ for: string; keep?: true; page?: true }>();

const folder = await Deno.makeTempDir({ prefix: "agent-demo-" });
let agreed = false;
try {
  agreed = await demo(folder, durationOf(length));
} catch (error) {
  console.error(`\nThe demo failed: ${error instanceof Error ? error.message : error}`);
}
if (keep) console.log(`Everything is in ${folder}`);
else await Deno.remove(folder, { recursive: true });
Deno.exit(agreed ? 0 : 1);

async function demo(folder: string, lengthMs: number): Promise<boolean> {
  const view = new View();
  const writer = new LogWriter(`${folder}/app.log`, LINES_PER_SECOND);
  await using programs = new DemoPrograms(folder);
  const { management_url, comms_url } = await programs.startManager();
  view.headline(
    `Manager ready: management ${management_url}, comms ${comms_url} (TLS, own authority)`,
  );
  const address = `${management_url}/page/fleet`;
  view.headline(`Page: ${address} (user wazuh, password ${PASSWORD})`);
  const logs = readableLogs();
  const packages = new PackageDatabase(`${folder}/machine`);
  packages.add("base-files", "12.4");
  const file = new WatchedFile(`${folder}/watched`);
  programs.configureAgent([writer.path, ...logs], {
    inventoryRoot: packages.root,
    watched: file.folder,
  });
  view.headline(await programs.register());
  programs.startAgent();
  await untilAgentFollows(programs);
  view.headline(`Agent running; following ${writer.path} and ${logs.length} logs under /var/log`);

  const tally = new Tally(programs.recordPath, writer.path);
  await runThroughOutage(programs, { view, writer, tally, packages, file, lengthMs });
  const exitStatus = await programs.stopAgent();
  tally.update();
  const agreed = summarise({ view, writer, tally, exitStatus, agentLog: programs.agentLog });
  if (page) await stay(programs, { view, writer, address });
  return agreed;
}

/** Goes on with agent and log until a signal ends it: there is something to look at. */
async function stay(
  programs: DemoPrograms,
  { view, writer, address }: { view: View; writer: LogWriter; address: string },
): Promise<void> {
  const stopping = new AbortController();
  const stop = () => stopping.abort();
  for (const signal of STOP_SIGNALS) Deno.addSignalListener(signal, stop);
  view.headline(`The page stays until Ctrl+C: ${address}`);
  programs.startAgent();
  await writer.run(stopping.signal);
  for (const signal of STOP_SIGNALS) Deno.removeSignalListener(signal, stop);
}

interface DemoParts {
  view: View;
  writer: LogWriter;
  tally: Tally;
  packages: PackageDatabase;
  file: WatchedFile;
  lengthMs: number;
}

/** Writes, takes the manager away and brings it back, and waits until everything has arrived. */
async function runThroughOutage(
  programs: DemoPrograms,
  { view, writer, tally, packages, file, lengthMs }: DemoParts,
): Promise<void> {
  const startedAt = performance.now();
  const elapsed = () => performance.now() - startedAt;
  const stopWriting = new AbortController();
  const writing = writer.run(stopWriting.signal);
  const watch = async (until: () => boolean) => {
    while (!until()) {
      await showProgress(programs, { view, writer, tally, elapsed_s: elapsed() / 1000 });
    }
  };
  try {
    await watch(() => elapsed() >= lengthMs * COMMAND_AT);
    view.headline(`Command ${await programs.sendCommand("set-group", { groups: ["demo"] })}`);
    await watch(() => elapsed() >= lengthMs * PACKAGE_AT);
    view.headline(await addPackage(programs, packages));
    view.headline(await changeFile(programs, file));
    await watch(() => elapsed() >= lengthMs * OUTAGE.from);
    await programs.stopManager();
    view.headline(
      "Outage: the manager is gone; the agent keeps reading and keeps every line on disk",
    );
    await watch(() => elapsed() >= lengthMs * OUTAGE.to);
    await programs.startManager();
    view.headline("The manager is back");
    await watch(() => elapsed() >= lengthMs);
  } finally {
    stopWriting.abort();
    await writing;
  }
  view.headline("No more lines are written; the rest arrives");
  await watch(() => tally.lost(writer.written) === 0 || elapsed() > lengthMs + CATCH_UP_MS);
  view.headline("Stopping the agent with SIGTERM");
}

/** Adds a package to the demo's machine and waits until the manager shows it; gives one line that tells both. */
async function addPackage(programs: DemoPrograms, packages: PackageDatabase): Promise<string> {
  packages.add("nginx", "1.22.1-9");
  const seconds = await untilShown(
    programs,
    async () => (await programs.shownPackages()).includes("nginx 1.22.1-9"),
  );
  return `Package nginx 1.22.1-9 was installed; the manager shows it ${seconds} s later`;
}

/** Changes a file of the watched folder and waits until the manager shows that; gives one line that tells both. */
async function changeFile(programs: DemoPrograms, file: WatchedFile): Promise<string> {
  const sha256 = file.change();
  const seconds = await untilShown(
    programs,
    async () => (await programs.shownFiles()).get(file.path) === sha256,
  );
  return `File ${file.path} was changed; the manager shows it ${seconds} s later`;
}

/** Waits until the manager shows something; gives how long that took, in seconds. */
async function untilShown(
  programs: DemoPrograms,
  isShown: () => Promise<boolean>,
): Promise<string> {
  const startedAt = performance.now();
  while (!(await isShown())) {
    if (performance.now() - startedAt > SHOWN_WITHIN_MS) {
      throw new Error(`The manager does not show it:\n${tailOf(programs.agentLog)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, VIEW_INTERVAL_MS));
  }
  return ((performance.now() - startedAt) / 1_000).toFixed(1);
}

async function showProgress(
  programs: DemoPrograms,
  { view, writer, tally, elapsed_s }: Omit<DemoParts, "lengthMs" | "packages" | "file"> & {
    elapsed_s: number;
  },
): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, VIEW_INTERVAL_MS));
  tally.update();
  const numbers = await programs.agentNumbers();
  const stream = numbers?.streams.stateless;
  view.show({
    elapsed_s,
    written: writer.written,
    read: numbers?.collectors.reduce((sum, { events }) => sum + events, 0) ?? 0,
    queued: stream?.queued_events ?? 0,
    sent: stream?.sent_events ?? 0,
    acknowledged: stream?.acknowledged_events ?? 0,
    received: tally.received + tally.others,
    state: numbers?.state.name ?? "no answer",
  });
}

async function untilAgentFollows(programs: DemoPrograms): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!isFollowing(await programs.agentNumbers())) {
    if (performance.now() > deadline) {
      throw new Error(`The agent follows no file:\n${tailOf(programs.agentLog)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function summarise(
  { view, writer, tally, exitStatus, agentLog }:
    & Omit<DemoParts, "lengthMs" | "packages" | "file">
    & {
      exitStatus: number;
      agentLog: string;
    },
): boolean {
  const lost = tally.lost(writer.written);
  const { received, duplicated, others, sawShutdown } = tally;
  const agreed = received === writer.written && lost === 0 && duplicated === 0 && sawShutdown &&
    exitStatus === 0;
  view.headline(`
Summary
  lines written       ${writer.written}
  events received     ${received}   (and ${others} from /var/log and the agent itself)
  lost                ${lost}
  duplicated          ${duplicated}
  shutdown message    ${sawShutdown ? "received, both streams" : "MISSING"}
  agent exit status   ${exitStatus}
${
    agreed
      ? "The figures agree."
      : `The figures do NOT agree. The agent's log ends:\n${tailOf(agentLog)}`
  }`);
  return agreed;
}

/** Log files of this machine that can be read; a few are enough. */
function readableLogs(): string[] {
  try {
    return [...Deno.readDirSync("/var/log")]
      .filter(({ name, isFile }) => isFile && name.endsWith(".log"))
      .map(({ name }) => `/var/log/${name}`)
      .filter(isReadable)
      .slice(0, 5);
  } catch {
    return [];
  }
}

function isReadable(path: string): boolean {
  try {
    Deno.openSync(path).close();
    return true;
  } catch {
    return false;
  }
}

function durationOf(text: string): number {
  const durationMs = parseDuration(text);
  if (durationMs !== undefined && durationMs >= 5_000) return durationMs;
  console.error(`Cannot use --for "${text}": it must be a duration of at least 5s, such as 20s`);
  Deno.exit(2);
}
