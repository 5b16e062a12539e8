/**
 * `agent status`: asks the running agent how it is; without one, looks at what is on disk.
 *
 * @module
 */

import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { type Clock, systemClock } from "../../../shared/clock.ts";
import { AgentError } from "../../../shared/errors.ts";
import type { HealthReport } from "../../../shared/protocol/health.ts";
import { loadConfig, type LoadedConfig } from "../../config/load.ts";
import type { AgentConfig } from "../../config/schema.ts";
import { STORED } from "../../config/stored.ts";
import { IdentityFile } from "../../identity/identity_file.ts";
import { rememberStoredSecrets } from "../../identity/stored_secrets.ts";
import { healthLines, statusLine, statusText } from "../../status/status_text.ts";
import type { CommandIo } from "../command_io.ts";
import { CONFIG_OPTION } from "../config_option.ts";
import { notRunning } from "../running_agent.ts";
import { warningLine } from "../warning.ts";
import { filesText } from "./files_text.ts";
import { DEFAULT_INTERVAL_MS, parseInterval, requireWatched } from "./interval.ts";
import { readFiles, readStatus } from "./read.ts";

const EXAMPLES = `
Exit status 0 when the agent runs, 3 when it does not; with --check 0 healthy, 16 degraded, 17 failing.
The JSON document and the reasons of each are described in docs/status.md. --watch ends with Ctrl-C; when
its output is no terminal it writes a line each time, with --json a document.

Examples:
  agent status
  agent status --check || echo "look at this machine"
  agent status --watch --interval 5s
  agent status --files
  agent status --json | jq .streams.stateless.queued_events`;

/** Builds the command. */
export function statusCommand(
  io: CommandIo,
  { clock = systemClock }: { clock?: Clock } = {},
): CommandUnknownOpts {
  return new Command("status")
    .description("show how the running agent is, or what is queued when none runs")
    .option("--check", "say in words and by the exit status how well the agent does")
    .option("--files", "show the followed files, how far each is read, and what is not followed")
    .option("--watch", "show it again and again until Ctrl-C")
    .option("--interval <duration>", "how often --watch looks (default 2s)", parseInterval)
    .option("--json", "print the status document as JSON")
    .option(...CONFIG_OPTION)
    .addHelpText("after", EXAMPLES)
    .action(async ({ config: file, ...options }) => {
      requireSense(options);
      const loaded = await load(io, file);
      const view = options.files
        ? filesView(loaded.config, options)
        : statusView(loaded, options, clock);
      if (options.watch) {
        const { watch } = await import("./watch.ts");
        const intervalMs = options.interval ?? DEFAULT_INTERVAL_MS;
        return await watch(io, { intervalMs, clock, ...view });
      }
      if (options.files) return io.stdout(await view.picture());
      await showOnce(io, options, { loaded, nowMs: clock.now() });
    });
}

interface StatusFlags {
  json?: true | undefined;
  check?: true | undefined;
  files?: true | undefined;
  watch?: true | undefined;
}

async function load(io: CommandIo, file: string | undefined): Promise<LoadedConfig> {
  const loaded = await loadConfig({ file, env: io.env, ...STORED });
  const folder = loaded.config.agent.path.data;
  rememberStoredSecrets(folder, io.secrets);
  new IdentityFile(folder).warnIfExposed((text) => io.stderr(warningLine(text)));
  return loaded;
}

/** What is shown of the files: whole, and each time that it is looked at. */
function filesView(config: AgentConfig, { json }: StatusFlags) {
  const picture = async () => {
    const document = await readFiles(config);
    return json ? jsonLine(document) : filesText(document.files);
  };
  return { picture, line: picture };
}

/** What is shown of the status: whole, and each time that it is looked at. */
function statusView(loaded: LoadedConfig, { json }: StatusFlags, clock: Clock) {
  const shownAs = (text: typeof statusText) => async () => {
    const document = await readStatus(loaded, clock.now());
    return json ? jsonLine(document) : text(document, clock.now());
  };
  return { picture: shownAs(statusText), line: shownAs(statusLine) };
}

function jsonLine(document: unknown): string {
  return `${JSON.stringify(document)}\n`;
}

async function showOnce(
  io: CommandIo,
  { json, check }: StatusFlags,
  { loaded, nowMs }: { loaded: LoadedConfig; nowMs: number },
): Promise<void> {
  const document = await readStatus(loaded, nowMs);
  const text = check ? healthLines : statusText;
  io.stdout(json ? jsonLine(document) : text(document, nowMs));
  if (check) return requireHealthy(document.health);
  if (!document.running) throw notRunning(loaded.config.agent.path.data);
}

function requireSense(
  { check, files, watch, interval }: StatusFlags & { interval?: number | undefined },
): void {
  if (check && (watch || files)) {
    const other = watch ? "--watch" : "--files";
    throw new AgentError("usage", `--check and ${other} do not go together`, {
      hint: "leave one of them out: agent status --check",
    });
  }
  requireWatched({ watch, interval }, "agent status");
}

function requireHealthy({ name, reasons: [worst] }: HealthReport): void {
  if (name === "healthy" || worst === undefined) return;
  const code = name === "degraded" ? "health_degraded" : "health_failing";
  throw new AgentError(code, `The agent is ${name}: ${worst.code}`, { hint: worst.hint });
}
