import { fileURLToPath } from "node:url";
import project from "../../../deno.json" with { type: "json" };

/** The arguments with which Deno runs the agent from source, from any folder: those of the task `agent` in `deno.json`. */
export function sourceRunArgs(): string[] {
  const words = project.tasks.agent.command.split(" ");
  // Variables of the environment stand before the program.
  const args = words.slice(words.indexOf("deno") + 1);
  const main = args.pop() ?? "";
  return [...args, "--config", absolute("deno.json"), absolute(main)];
}

function absolute(path: string): string {
  return fileURLToPath(new URL(`../../../${path}`, import.meta.url));
}
