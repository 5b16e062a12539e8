/**
 * How Deno runs the agent from source: as the task `agent` in `deno.json` says, from any folder.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import project from "../../../deno.json" with { type: "json" };

/** The arguments of Deno, with the agent's program as the last. */
export function sourceRunArgs(): string[] {
  const { program } = taskWords();
  const args = program.slice(1);
  const main = args.pop() ?? "";
  return [...args, "--config", absolute("deno.json"), absolute(main)];
}

/** The variables of its environment, such as the one that keeps Deno from asking for updates. */
export function sourceRunEnv(): Record<string, string> {
  return Object.fromEntries(
    taskWords().variables.map((word) => {
      const [name = "", ...value] = word.split("=");
      return [name, value.join("=")];
    }),
  );
}

/** Variables of the environment stand before the program. */
function taskWords(): { variables: string[]; program: string[] } {
  const words = project.tasks.agent.command.split(" ");
  const start = words.indexOf("deno");
  return { variables: words.slice(0, start), program: words.slice(start) };
}

function absolute(path: string): string {
  return fileURLToPath(new URL(`../../../${path}`, import.meta.url));
}
