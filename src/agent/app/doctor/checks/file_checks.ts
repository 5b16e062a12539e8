/**
 * Checks of the folders and of the disk under them.
 *
 * @module
 */

import { statfsSync } from "node:fs";
import { dirname, join } from "node:path";
import { AgentError, messageOf } from "../../../../shared/errors.ts";
import { openRegularFile } from "../../../../shared/files/regular_file.ts";
import { sizeText } from "../../../../shared/text.ts";
import type { AgentConfig } from "../../../config/schema.ts";
import { lockDataFolder, wasLocked } from "../../../identity/data_folder_lock.ts";
import { requireTrusted } from "../../../platform/trusted_path.ts";
import { isDiskFull, spaceHint } from "../../../platform/disk_full.ts";
import { DiskSpace } from "../../../queue/disk_space.ts";
import type { DoctorCheck, Finding } from "../check.ts";

/** File systems on which locks and write-ahead logs are not to be relied on, by their numbers in statfs(2). */
const NETWORK_FILE_SYSTEMS: ReadonlyMap<number, string> = new Map([
  [0x6969, "NFS"],
  [0x517b, "SMB"],
  [0xff534d42, "CIFS"],
  [0xfe534d42, "SMB"],
  [0x01021997, "9P"],
  [0x5346414f, "AFS"],
  [0x00c36400, "Ceph"],
]);

/** Whether the data folder is there, safe from others, and can be written; the time is that of a write that reached the disk. */
export const DATA_FOLDER: DoctorCheck = {
  id: "files.data_folder",
  group: "files",
  needs: ["config.loads"],
  async run(context): Promise<Finding> {
    const { path: { data } } = (await context.config()).agent;
    const missing = whyNoFolder(data);
    if (missing !== undefined) return missing;
    // As root, who looks after an agent of another user, would have it for a look.
    requireTrusted("data folder", data, { trustOwner: true });
    try {
      requireTrusted("data folder", data);
    } catch (error) {
      if (!(error instanceof AgentError)) throw error;
      const message = `${error.message}: what writes to it is not tried`;
      return { status: "warn", message, try: error.hint };
    }
    return writeProbe(data);
  },
};

function whyNoFolder(path: string): Finding | undefined {
  try {
    if (Deno.statSync(path).isDirectory) return undefined;
    const hint = "set agent.path.data to a folder";
    return { status: "fail", message: `"${path}" is no folder`, try: hint };
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) return unusable(path, error);
    return {
      status: "fail",
      message: `"${path}" does not exist: this machine is not registered with this configuration`,
      try: "register it: agent register --url https://MANAGER:55000 --user NAME; or give the " +
        "--config that the agent is run with",
    };
  }
}

function writeProbe(folder: string): Finding {
  const probe = join(folder, `.writable-${crypto.randomUUID()}`);
  try {
    using file = Deno.openSync(probe, { write: true, createNew: true, mode: 0o600 });
    try {
      file.writeSync(new TextEncoder().encode("doctor"));
      file.syncSync();
    } finally {
      Deno.removeSync(probe);
    }
  } catch (error) {
    return unusable(folder, error);
  }
  const mode = (Deno.statSync(folder).mode ?? 0) & 0o777;
  return readableByOthers(folder, mode) ?? { status: "ok", message: `${folder}, written to` };
}

/** Its files are each for their owner only; their names need not be seen either. */
function readableByOthers(folder: string, mode: number): Finding | undefined {
  if (Deno.build.os === "windows" || (mode & 0o077) === 0) return undefined;
  const octal = mode.toString(8).padStart(4, "0");
  return {
    status: "warn",
    message: `"${folder}" can be looked into by others (mode ${octal})`,
    try: `chmod 0700 "${folder}"`,
  };
}

/** A full disk does not keep the other checks from being made: `files.disk` fails of it. */
function unusable(path: string, error: unknown): Finding {
  const message = `Cannot use "${path}": ${messageOf(error)}`;
  if (isDiskFull(error)) {
    const isQuota = /quota/i.test(messageOf(error));
    return { status: isQuota ? "fail" : "warn", message, try: spaceHint(path) };
  }
  const hint = `make it a folder that this user can write to: ls -ld "${path}"`;
  return { status: "fail", message, try: hint };
}

/** Whether the disk has room, also for the names of files. */
export const DISK: DoctorCheck = {
  id: "files.disk",
  group: "files",
  needs: ["files.data_folder"],
  async run(context): Promise<Finding> {
    const { agent: { path: { data } }, queue } = await context.config();
    const space = new DiskSpace({ path: data, minFreeBytes: queue.min_free_disk });
    const { freeBytes: free, minFreeBytes: least, totalBytes: total } = space;
    if (!Number.isFinite(total)) {
      return { status: "skip", message: "the system does not tell what is free" };
    }
    const text = `${sizeText(free)} of ${sizeText(total)} free, ${
      sizeText(least)
    } have to stay free`;
    const hint = `free some space: df -h "${data}" shows the disk; queue.min_free_disk says what ` +
      "stays free";
    if (!space.hasRoom(0)) {
      return { status: "fail", message: `no events are taken in: ${text}`, try: hint };
    }
    const { files = 0, ffree = 0 } = statfsSync(data);
    if (files > 0 && ffree < files / 100) {
      const message = `only ${ffree} of ${files} files can be made on this disk`;
      const status = ffree === 0 ? "fail" : "warn";
      return { status, message, try: `remove small files: df -i "${data}"` };
    }
    return { status: "ok", message: text };
  },
};

/** Whether the data is on a disk of this machine. */
export const FILE_SYSTEM: DoctorCheck = {
  id: "files.file_system",
  group: "files",
  needs: ["files.data_folder"],
  async run(context): Promise<Finding> {
    const { path: { data } } = (await context.config()).agent;
    if (Deno.build.os !== "linux") {
      return { status: "skip", message: "only Linux tells what kind it is" };
    }
    const name = NETWORK_FILE_SYSTEMS.get(statfsSync(data).type >>> 0);
    if (name === undefined) return { status: "ok", message: "no share of a network" };
    return {
      status: "warn",
      message: `"${data}" is on a network share (${name}): locks and the database may fail there`,
      try: "move agent.path.data to a disk of this machine",
    };
  },
};

/** Whether the log file can be written, where there is one. */
export const LOG_FILE: DoctorCheck = {
  id: "files.log",
  group: "files",
  needs: ["config.loads"],
  async run(context): Promise<Finding> {
    const { log: { file } } = await context.config();
    const running = await context.running().catch(() => undefined);
    const reason = running?.log.reason ?? whyNotWritable(file);
    if (file === undefined) {
      return { status: "ok", message: "none: the log goes to standard error or the journal" };
    }
    if (reason === undefined || reason === null) return { status: "ok", message: file };
    return {
      status: "fail",
      message: `the log cannot be written to "${file}": ${reason}`,
      try: `let the agent's user write it: ls -l "${file}"; ls -ld "${dirname(file)}"`,
    };
  },
};

/** Opens it as the agent would, makes none. */
function whyNotWritable(file: string | undefined): string | undefined {
  if (file === undefined) return undefined;
  try {
    openRegularFile(file, { write: true })[Symbol.dispose]();
    return undefined;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) return messageOf(error);
    return existsFolder(dirname(file)) ? undefined : `there is no folder "${dirname(file)}"`;
  }
}

function existsFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}

/** Who works on the data folder: the agent that answers, nobody, or somebody who does not answer. */
export const LOCK: DoctorCheck = {
  id: "agent.lock",
  group: "agent",
  needs: ["files.data_folder", "agent.answers"],
  async run(context): Promise<Finding> {
    const { agent } = await context.config();
    const running = await context.running();
    if (running !== undefined) {
      return { status: "ok", message: `held by the running agent (process ${running.pid})` };
    }
    if (!wasLocked(agent.path.data)) return { status: "ok", message: "free" };
    try {
      lockDataFolder(agent.path.data, { briefly: true })[Symbol.dispose]();
      return { status: "ok", message: "free" };
    } catch (error) {
      if (!(error instanceof AgentError)) throw error;
      return lockProblem(error, agent);
    }
  },
};

function lockProblem(error: AgentError, { path }: AgentConfig["agent"]): Finding {
  if (error.code !== "data_folder_locked") {
    return { status: "skip", message: error.message, try: error.hint };
  }
  return {
    status: "fail",
    message: `${error.message}, but no agent answers in "${path.run}"`,
    try:
      "if it has just started or stops, wait; else give the --config with which that agent was " +
      "started, or end that process",
  };
}
