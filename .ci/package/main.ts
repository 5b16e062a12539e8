/**
 * `deno task package`: makes packages and archives of the compiled agent.
 *
 * @module
 */

import { AgentError, messageOf } from "../../src/shared/errors.ts";
import { VERSION } from "../../src/shared/version.ts";
import { parsePackageOptions } from "./options.ts";
import { pack } from "./pack.ts";
import { runTool } from "./tool.ts";

const { platform, formats, executable } = parsePackageOptions(Deno.args);
try {
  await requireExecutable();
  const epoch = Number(Deno.env.get("SOURCE_DATE_EPOCH") ?? await timeOfLastCommit());
  const common = { platform, executable, version: VERSION, epoch, root: ".", outputFolder: "dist" };
  for (const format of formats) {
    const place = await pack({ ...common, format });
    console.log(`Made ${place} (${Math.round((await Deno.stat(place)).size / 1_000_000)} MB)`);
  }
} catch (error) {
  console.error(`Error: ${messageOf(error)}`);
  if (error instanceof AgentError && error.hint !== undefined) console.error(`Try: ${error.hint}`);
  Deno.exit(1);
}

async function requireExecutable(): Promise<void> {
  try {
    await Deno.stat(executable);
  } catch (error) {
    throw new AgentError("failed", `There is no "${executable}" to package`, {
      cause: error,
      hint: executable === "dist/agent"
        ? "deno task compile agent"
        : `deno task compile agent --target ${platform.target}`,
    });
  }
}

async function timeOfLastCommit(): Promise<string> {
  try {
    return await runTool(["git", "log", "-1", "--format=%ct"]);
  } catch (error) {
    throw new AgentError("failed", "Cannot tell the time of the last commit", {
      cause: error,
      hint: "set SOURCE_DATE_EPOCH to the seconds since 1970 that files are to carry",
    });
  }
}
