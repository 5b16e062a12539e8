/**
 * Responses that a script carries out, in the way of Wazuh's: it is given one line of JSON on standard input. When it is to enable
 * something, it may ask by one line on standard output whether that is enabled already:
 *
 *     {"version":1,"origin":{"name":"block-ip","module":"active-response"},"command":"check_keys","parameters":{"keys":["192.0.2.7"]}}
 *
 * and is answered with the line that it was given, `command` being `continue` or `abort`. Whatever its first line is, it is answered.
 *
 * @module
 */

import * as z from "zod";
import type { AgentIdentity } from "../../shared/protocol/agent_identity.ts";
import { endText, type ProgramResult, ProgramStartError } from "../process/process_group.ts";
import type { Scripts } from "../process/scripts.ts";
import { messageOf } from "../../shared/errors.ts";
import {
  type ActionOutcome,
  type ActionRun,
  NotStartedError,
  type ResponseAction,
} from "./action.ts";

/** What a {@linkcode ScriptAction} is built with. */
interface ScriptActionDeps {
  scripts: Pick<Scripts, "whyNotThis" | "run">;
  agent: Pick<AgentIdentity, "id" | "name">;
}

/** Words of a line of standard input. */
type ScriptCommand = "enable" | "disable" | "continue" | "abort";

const MAX_KEYS_BYTES = 4_096;

const checkKeys = z.object({
  command: z.literal("check_keys"),
  parameters: z.object({ keys: z.array(z.string()).min(1) }),
});

/** Runs scripts of `active-response/bin`. */
export class ScriptAction implements ResponseAction {
  readonly alwaysEnds = false;
  readonly #deps: ScriptActionDeps;

  constructor(deps: ScriptActionDeps) {
    this.#deps = deps;
  }

  refusal({ name, signal }: Pick<ActionRun, "name" | "signal">): Promise<string | undefined> {
    return this.#deps.scripts.whyNotThis(name, signal);
  }

  async enable(run: ActionRun): Promise<ActionOutcome> {
    const answer = async (line: string) => {
      const keys = keysIn(line);
      return this.#line(run, keys === undefined ? "continue" : await run.claimKeys(keys));
    };
    const { name, signal } = run;
    const input = this.#line(run, "enable");
    let isStarted = false;
    const onStart = () => isStarted = true;
    try {
      return outcomeOf(await this.#deps.scripts.run(name, { input, answer, onStart, signal }));
    } catch (error) {
      if (isStarted && !(error instanceof ProgramStartError)) throw error;
      throw new NotStartedError(messageOf(error), { cause: error });
    }
  }

  async disable(run: ActionRun): Promise<ActionOutcome> {
    const { name, signal } = run;
    const input = this.#line(run, "disable");
    const call = { input, isReversal: true, signal };
    return outcomeOf(await this.#deps.scripts.run(name, call));
  }

  #line({ name, subject, orderedMs }: ActionRun, command: ScriptCommand): string {
    const { id, name: agentName } = this.#deps.agent;
    const { input, ...others } = subject;
    const ends = orderedMs === null
      ? { type: "stateless" }
      : { type: "stateful", stateful_timeout: Math.round(orderedMs / 1000) };
    const message = {
      wazuh: {
        active_response: { name, executable: name, ...ends },
        agent: { id, name: agentName },
      },
      ...input,
      ...others,
      command,
    };
    return `${JSON.stringify(message)}\n`;
  }
}

/** The keys that a script asks with; `undefined` when its line is another one. */
function keysIn(line: string): string[] | undefined {
  try {
    const { parameters: { keys } } = checkKeys.parse(JSON.parse(line));
    const bytes = keys.reduce((sum, key) => sum + key.length + 1, 0);
    return bytes <= MAX_KEYS_BYTES ? keys : undefined;
  } catch {
    return undefined;
  }
}

function outcomeOf(result: ProgramResult): ActionOutcome {
  return {
    isDone: result.exit_status === 0 && result.signal === null,
    message: endText(result),
    exitCode: result.signal === null ? result.exit_status : null,
    data: JSON.stringify(result),
  };
}
