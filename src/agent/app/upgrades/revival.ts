import { systemClock } from "../../../shared/clock.ts";
import { messageOf } from "../../../shared/errors.ts";
import { VERSION } from "../../../shared/version.ts";
import { Probation } from "../../upgrade/probation.ts";
import type { UpgradeHost } from "./upgrade_parts.ts";

/**
 * Whether an agent that died below this process is started again, for which it has to be in its first minutes; the version before
 * when that was one death too many. `tell` takes a line for people: the log is closed by then.
 */
export function isAgentRevived(
  { installation, record }: Pick<UpgradeHost, "installation" | "record">,
  tell: (line: string) => void,
): boolean {
  const probation = new Probation({ installation, record, version: VERSION, clock: systemClock });
  if (!probation.isOpen) return false;
  try {
    const back = probation.died();
    tell(back?.message ?? "The version that was just taken into use ended by itself; again");
  } catch (error) {
    tell(`Cannot go back to the version before: ${messageOf(error)}`);
  }
  return true;
}
