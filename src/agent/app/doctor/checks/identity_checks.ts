/**
 * Checks of who this agent is.
 *
 * @module
 */

import { durationText } from "../../../../shared/text.ts";
import { IdentityFile } from "../../../identity/identity_file.ts";
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
