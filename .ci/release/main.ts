/**
 * What a release has beside its packages: `notes TAG` and `bill-of-materials`, on standard output.
 *
 * @module
 */

import { Command } from "@commander-js/extra-typings";
import { AgentError, messageOf } from "../../src/shared/errors.ts";
import { VERSION } from "../../src/shared/version.ts";
import { runTool } from "../package/tool.ts";
import { billOfMaterials } from "./bill_of_materials.ts";
import { releaseNotes } from "./release_notes.ts";

const program = new Command("release").description("print what belongs to a release");
program.command("notes")
  .description("print the section of CHANGELOG.md for a tag")
  .argument("<tag>", "v and the version of deno.json")
  .action(async (tag) => {
    const changelog = await Deno.readTextFile("CHANGELOG.md");
    await print(releaseNotes(changelog, { tag, version: VERSION }));
  });
program.command("bill-of-materials")
  .description("print what the executables are made of, as CycloneDX")
  .action(async () => await print(`${JSON.stringify(await bill(), null, 2)}\n`));

try {
  await program.parseAsync(Deno.args, { from: "user" });
} catch (error) {
  console.error(`Error: ${messageOf(error)}`);
  if (error instanceof AgentError && error.hint !== undefined) console.error(`Try: ${error.hint}`);
  Deno.exit(1);
}

async function bill() {
  const graph = JSON.parse(await runTool([Deno.execPath(), "info", "--json", "src/main.ts"]));
  const epoch = Deno.env.get("SOURCE_DATE_EPOCH") ??
    await runTool(["git", "log", "-1", "--format=%ct"]);
  return billOfMaterials({
    lock: JSON.parse(await Deno.readTextFile("deno.lock")),
    graph,
    version: VERSION,
    denoVersion: Deno.version.deno,
    epoch: Number(epoch),
    licenceOf: (id) => statedLicence(graph.npmPackages[id]?.localPath),
  });
}

function statedLicence(folder: string | undefined): string | undefined {
  if (folder === undefined) return undefined;
  const { license } = JSON.parse(Deno.readTextFileSync(`${folder}/package.json`));
  return typeof license === "string" ? license : undefined;
}

async function print(text: string): Promise<void> {
  await new Response(text).body?.pipeTo(Deno.stdout.writable, { preventClose: true });
}
