import { join } from "node:path";
import type { AgentSide } from "./scene.ts";

/** Puts an executable script where the agent's `run-script` finds it. */
export function addScript(side: AgentSide, name: string, lines: readonly string[]): void {
  const folder = side.folder.file("data/active-response/bin");
  Deno.mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, name);
  Deno.writeTextFileSync(path, `#!/bin/sh\n${lines.join("\n")}\n`);
  Deno.chmodSync(path, 0o700);
}
