/**
 * Checks of who this agent is.
 *
 * @module
 */

import { durationText } from "../../../../shared/text.ts";
import { IdentityFile } from "../../../identity/identity_file.ts";
import { isOfOtherMachine } from "../../../identity/machine_mark.ts";
import { readMachineId } from "../../../platform/machine_id.ts";
import type { DoctorCheck, Finding } from "../check.ts";

/** Whether this machine is registered, and nobody else can read its key. */
export const IDENTITY_REGISTERED: DoctorCheck = {
  id: "identity.registered",
  group: "identity",
  needs: ["files.data_folder"],
  async run(context): Promise<Finding> {
    const { agent } = await context.config();
    const file = new IdentityFile(agent.path.data);
    const { id, name, registered_at } = await context.identity();
    const exposed: string[] = [];
    file.warnIfExposed((text) => exposed.push(text));
    const [text] = exposed;
    if (text !== undefined) {
      return { status: "warn", message: text, try: `chmod 0600 "${file.path}"` };
    }
    const ageS = (context.options.clock.now() - Date.parse(registered_at)) / 1000;
    const since = ageS < 0 ? registered_at : `${durationText(ageS)} ago`;
    return { status: "ok", message: `${name} (${id}), registered ${since}` };
  },
};

/** Whether this is the machine that was registered, and no copy of it: two agents of one identity take each other's commands. */
export function machineCheck(
  readId: () => Promise<string | undefined> = readMachineId,
): DoctorCheck {
  return {
    id: "identity.machine",
    group: "identity",
    needs: ["identity.registered"],
    async run(context): Promise<Finding> {
      const { agent: { on_clone: onClone } } = await context.config();
      const machineId = await readId();
      if (machineId === undefined) return { status: "skip", message: "machines have no id here" };
      if (!isOfOtherMachine(await context.identity(), machineId)) {
        return { status: "ok", message: "no copy of another one" };
      }
      return {
        status: onClone === "stop" ? "fail" : "warn",
        message: "this is a copy of the machine on which the agent was registered " +
          `(agent.on_clone: ${onClone})`,
        try: "agent register --force makes this machine an agent of its own; for images set " +
          "agent.on_clone: reregister",
      };
    },
  };
}
