import type { ServicePlan, SystemCommand } from "../../service/service_plan.ts";
import type { ServiceSettings } from "../../service/service_settings.ts";

/** What an installation is about. */
interface Installation {
  /** Whether it starts at once. */
  now: boolean;
  settings: ServiceSettings;
}

/** The file with its place, and the steps, as comments before and after it. */
export function dryRun(plan: ServicePlan, { now, settings }: Installation): string {
  const { file, makeUser, enable, start } = plan;
  const steps = [...enable, ...(now ? start : [])].map((step) => `  ${line(step)}`);
  const user = makeUser === undefined
    ? []
    : [`First, unless there is a user ${settings.user}:`, `  ${line(makeUser)}`];
  const then = steps.length === 0 ? [] : ["Then:", ...steps];
  return [...user, `File ${file.path}:`, "", file.text, ...then, ""].join("\n");
}

/** What comes next, and how to undo it. */
export function undoText(plan: ServicePlan, { now, settings }: Installation): string {
  const { user, configFile } = settings;
  const as = plan.manager === "systemd" ? `runuser -u ${user} -- agent` : "agent";
  const register = `${as} register --url https://HOST:55000 --user NAME --config ${configFile}`;
  const next = now
    ? `${as} status --config ${configFile}`
    : `${register}\n       (unless it is registered), then: ${plan.start.map(line).join("; ")}`;
  return `Next:  ${next}\nUndo:  agent service uninstall --now --config ${configFile}\n`;
}

function line(command: SystemCommand): string {
  return command.join(" ");
}
