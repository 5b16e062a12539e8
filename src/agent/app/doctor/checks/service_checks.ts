/**
 * Checks of what starts the agent, and of what the system lets it have.
 *
 * @module
 */

import { pluralize } from "../../../../shared/text.ts";
import { SystemFiles } from "../../../platform/system_files.ts";
import { type ServiceHost, SYSTEM_HOST } from "../../../service/service_host.ts";
import type { DoctorCheck, Finding } from "../check.ts";

const UNIT = "agent";
/** So often within one start of the machine nobody restarts it on purpose. */
const MANY_RESTARTS = 5;
/** Files that an agent has open beside those that it follows: database, sockets, connections. */
const OWN_FILES = 128;

/** How the unit of systemd stands, which starts the agent on servers. */
export function unitCheck(host: Pick<ServiceHost, "run"> = SYSTEM_HOST): DoctorCheck {
  return {
    id: "service.unit",
    group: "service",
    async run(): Promise<Finding> {
      const properties = "LoadState,UnitFileState,ActiveState,Result,NRestarts";
      const { code, output } = await host.run([
        "systemctl",
        "show",
        UNIT,
        "--property",
        properties,
      ]);
      if (code !== 0) return { status: "skip", message: "no systemd works here" };
      return judgeUnit(Object.fromEntries(
        output.split("\n").map((line): [string, string] => {
          const at = line.indexOf("=");
          return [line.slice(0, at), line.slice(at + 1)];
        }),
      ));
    },
  };
}

function judgeUnit(unit: Readonly<Record<string, string | undefined>>): Finding {
  const { LoadState, UnitFileState, ActiveState, Result, NRestarts } = unit;
  const why = "its last lines say why: agent logs";
  if (LoadState === "not-found") {
    return { status: "skip", message: `no unit ${UNIT}: the agent is started by something else` };
  }
  if (LoadState === "masked") {
    const hint = `systemctl unmask ${UNIT}`;
    return {
      status: "fail",
      message: `the unit ${UNIT} is masked: nothing can start it`,
      try: hint,
    };
  }
  if (ActiveState === "failed") {
    return { status: "fail", message: `the unit ${UNIT} has failed (${Result})`, try: why };
  }
  if (Number(NRestarts) >= MANY_RESTARTS) {
    const message = `the unit ${UNIT} was restarted ${pluralize(Number(NRestarts), "time")}`;
    return { status: "warn", message, try: why };
  }
  if (UnitFileState === "disabled") {
    return {
      status: "warn",
      message: `the unit ${UNIT} is ${ActiveState}, and does not start with the machine`,
      try: `systemctl enable ${UNIT}`,
    };
  }
  return { status: "ok", message: `unit ${UNIT} is ${ActiveState}, ${UnitFileState}` };
}

/** Whether as many files may be open as there are to follow. */
export function limitsCheck(files: Pick<SystemFiles, "readText"> = new SystemFiles()): DoctorCheck {
  return {
    id: "service.limits",
    group: "service",
    needs: ["agent.answers"],
    async run(context): Promise<Finding> {
      const running = await context.running();
      const text = files.readText(`/proc/${running?.pid ?? "self"}/limits`);
      const limit = openFilesLimit(text ?? "");
      if (limit === undefined) {
        return { status: "skip", message: "the system does not tell the limit of open files" };
      }
      const followed = running === undefined
        ? 0
        : (await context.askAgent((client) => client.files())).files.length;
      const needed = followed + OWN_FILES;
      const message = `${limit} files may be open, ${needed} are needed`;
      if (limit >= needed) return { status: "ok", message };
      return {
        status: "warn",
        message: `${message}: the others are read in turn`,
        try: `systemctl edit ${UNIT}, with LimitNOFILE=${
          2 * needed
        } below [Service]; then restart it`,
      };
    },
  };
}

/** The soft limit in a file `limits` of proc(5). */
function openFilesLimit(text: string): number | undefined {
  const [, soft] = /^Max open files\s+(\d+|unlimited)\s/m.exec(text) ?? [];
  if (soft === undefined) return undefined;
  return soft === "unlimited" ? Infinity : Number(soft);
}
