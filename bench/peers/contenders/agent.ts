/**
 * This project's agent: from source, and compiled.
 *
 * Its options are the defaults, but for where it reads and sends. An event is two lines, a header
 * and a document with the line, the time and the path: more than what the others send.
 *
 * @module
 */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { v7 as uuidv7 } from "uuid";
import { sourceRunArgs } from "../../../src/agent/process/source_run.ts";
import { prepareDataFolder } from "../../../src/agent/identity/data_folder.ts";
import { IdentityFile } from "../../../src/agent/identity/identity_file.ts";
import { createKey } from "../../../src/agent/identity/key.ts";
import type { Durability } from "../../../src/shared/sqlite/open.ts";
import { type Contender, firstLineOf, type Stage } from "../contender.ts";

const COMPILED = fileURLToPath(new URL("../../../dist/agent", import.meta.url));

/** How the agent is started. */
type Build = "source" | "compiled";

/** The agent with one durability of its queue. */
export function agentContender(durability: Durability, build: Build): Contender {
  const { command, args } = build === "source"
    ? { command: Deno.execPath(), args: sourceRunArgs() }
    : { command: COMPILED, args: [] };
  return {
    name: build === "source" ? `agent_${durability}` : `agent_${durability}_compiled`,
    label: `agent, ${durability.toUpperCase()}${build === "source" ? "" : ", compiled"}`,
    version: () => firstLineOf(command, [...args, "--version"]),
    install: "deno task compile",
    async prepare(stage) {
      const config = join(stage.folder, "agent.yaml");
      await Deno.writeTextFile(config, configuration(stage, durability));
      saveIdentity(join(stage.folder, "data"));
      return { command, args: [...args, "run", "--config", config] };
    },
  };
}

function configuration({ folder, input, sink }: Stage, durability: Durability): string {
  return [
    `agent.server_url: ${sink.httpUrl}`,
    `agent.path: { data: ${join(folder, "data")}, run: ${join(folder, "run")} }`,
    `queue.durability: ${durability}`,
    "logcollector.start_at: beginning",
    `logcollector.localfiles: [{ location: ${input} }]`,
    "",
  ].join("\n");
}

/** The sink knows no registration: everybody may log in. */
function saveIdentity(folder: string): void {
  prepareDataFolder(folder);
  new IdentityFile(folder).save({
    schema: 1,
    id: uuidv7(),
    name: "bench",
    key: createKey(),
    groups: [],
    registered_at: new Date().toISOString(),
    management_url: "",
  });
}
