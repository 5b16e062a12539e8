/**
 * `agent doctor --bundle FILE`: what somebody elsewhere needs to find a fault, in one archive.
 *
 * No secret is in it: nothing here reads one but to hide it, and every text passes the filters for known secrets and for whatever looks
 * like a token, a password in an address or a private key. What cannot be read is replaced by why.
 *
 * @module
 */

import { currentPlatform } from "../../../shared/config/platform.ts";
import { withoutUser } from "../../../shared/config/given.ts";
import { messageOf } from "../../../shared/errors.ts";
import { redact } from "../../../shared/log/redact.ts";
import { VERSION } from "../../../shared/version.ts";
import type { DoctorReport } from "../../app/doctor/check.ts";
import { loadConfig, type LoadedConfig } from "../../config/load.ts";
import { listOptions } from "../../config/options.ts";
import { STORED } from "../../config/stored.ts";
import { rememberStoredSecrets } from "../../identity/stored_secrets.ts";
import { readHostInfo } from "../../platform/host_info.ts";
import type { CommandIo } from "../command_io.ts";
import { journalLines } from "../logs/journal.ts";
import { lastLines } from "../logs/log_lines.ts";
import { readFiles, readStatus } from "../status/read.ts";
import { type ArchiveEntry, writeArchive } from "./archive.ts";
import { kernelLines } from "./kernel_lines.ts";
import { checkText, summaryText } from "./report_text.ts";

const FOLDER = "agent-doctor";
const LOG_LINES = 10_000;
/** Also one whose end was cut off: then as far as it may be base64, in lines or written as in JSON. */
const PRIVATE_KEY =
  /-----BEGIN [A-Z ]*PRIVATE KEY-----(?:.*?-----END [A-Z ]*PRIVATE KEY-----|(?:[\w+/=\s]|\\[rn])*)/gs;

/** What goes into a bundle beside what is read for it. */
interface BundleOptions {
  /** The configuration file that was named. */
  file: string | undefined;
  report: DoctorReport;
  nowMs: number;
}

/**
 * Writes the archive.
 *
 * @throws {AgentError} `failed` when it cannot be written; then there is none
 */
export async function writeBundle(
  io: CommandIo,
  path: string,
  { file, report, nowMs }: BundleOptions,
): Promise<void> {
  const at = new Date(nowMs);
  const { AGENT_PASSWORD, AGENT_ENROLLMENT_TOKEN } = io.env;
  for (const secret of [AGENT_PASSWORD, AGENT_ENROLLMENT_TOKEN]) {
    if (secret !== undefined) io.secrets.add(secret);
  }
  const own = {
    "doctor.json": json(report),
    "doctor.txt": report.checks.map(checkText).join("") + summaryText(report),
    "versions.json": json(versions()),
    "kernel.txt": await said(() => kernelLines(io.signal)),
  };
  const loaded = await loadConfig({ file, env: io.env, ...STORED }).catch((error) => error);
  const others = loaded instanceof Error
    ? { "configuration.txt": `${messageOf(loaded)}\n` }
    : await collected(io, loaded, nowMs);
  const texts = Object.entries({ ...own, ...others });
  const entries = texts.map(([name, text]): ArchiveEntry => ({
    name: `${FOLDER}/${name}`,
    text: withoutSecrets(io, text),
  }));
  await writeArchive(path, entries, at);
}

/** `text` with `[redacted]` in place of whatever is secret, or looks so. */
function withoutSecrets({ secrets }: CommandIo, text: string): string {
  return withoutUser(redact(secrets.hide(text)).replace(PRIVATE_KEY, "[redacted]"));
}

async function collected(
  io: CommandIo,
  loaded: LoadedConfig,
  nowMs: number,
): Promise<Record<string, string>> {
  const { config } = loaded;
  rememberStoredSecrets(config.agent.path.data, io.secrets);
  return {
    "configuration.json": await said(async () => {
      const { configAsJson } = await import("../../../shared/config/show.ts");
      return json(configAsJson(loaded, listOptions(currentPlatform())));
    }),
    "status.json": await said(async () => json(await readStatus(loaded, nowMs))),
    "files.json": await said(async () => json(await readFiles(config))),
    "queue.json": await said(async () => {
      const { openQueueReader } = await import("../../app/queue/queue_inspection.ts");
      using reader = openQueueReader(config);
      return json(reader.statistics());
    }),
    "log.txt": await said(() => logText(config.log.file, io.signal)),
  };
}

async function logText(file: string | undefined, signal: AbortSignal): Promise<string> {
  if (file !== undefined) return `${lastLines(file, LOG_LINES).lines.join("\n")}\n`;
  let text = "";
  const request = { unit: "agent", lines: LOG_LINES, follow: false, signal };
  for await (const lines of journalLines(request)) text += `${lines.join("\n")}\n`;
  return text;
}

function versions(): object {
  const { hostname, os, architecture } = readHostInfo();
  const { deno, v8 } = Deno.version;
  return {
    agent: VERSION,
    deno,
    v8,
    platform: Deno.build.target,
    hostname,
    architecture,
    os,
    os_release: Deno.osRelease(),
    uid: Deno.uid(),
  };
}

/** What `read` gives, or why it gives nothing. */
async function said(read: () => string | Promise<string>): Promise<string> {
  try {
    return await read();
  } catch (error) {
    return `not available: ${messageOf(error)}\n`;
  }
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
