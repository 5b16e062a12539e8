/**
 * `agent sca lint`.
 *
 * @module
 */

import { AgentError } from "../../../shared/errors.ts";
import { loadConfig } from "../../config/load.ts";
import { isInvalid, lintPolicy } from "../../modules/sca/language/lint.ts";
import { readPolicyFile } from "../../modules/sca/policy_file.ts";
import { findPolicies } from "../../modules/sca/policy_sources.ts";
import type { CommandIo } from "../command_io.ts";

/** Flags of the command. */
interface LintOptions {
  json?: true | undefined;
  config?: string | undefined;
}

/** A policy to look at. */
interface NamedText {
  file: string;
  text: string;
}

/**
 * Prints what is wrong, and where; without files, in the policies that the configuration names.
 *
 * @throws {AgentError} `config_invalid` when a policy is invalid
 */
export async function lintPolicies(
  io: CommandIo,
  files: readonly string[],
  { json, config }: LintOptions,
): Promise<void> {
  const policies = files.length === 0
    ? await policiesInForce(io, config)
    : files.map((file) => ({ file, text: readPolicyFile(file) }));
  const found = policies.flatMap(({ file, text }) =>
    lintPolicy(text, file).map((problem) => ({ file, ...problem }))
  );
  if (json) {
    io.stdout(`${JSON.stringify({ schema: 1, policies: policies.length, problems: found })}\n`);
  } else {
    for (const { file, line, column, severity, text } of found) {
      io.stdout(`${file}:${line}:${column}: ${severity}: ${text}\n`);
    }
  }
  const invalid = new Set(found.filter((one) => isInvalid([one])).map(({ file }) => file)).size;
  if (invalid > 0) {
    throw new AgentError("config_invalid", `${invalid} of ${policies.length} policies invalid`, {
      hint: "mend the errors above; a check with an invalid rule is not applicable",
    });
  }
  if (!json) io.stdout(validText(policies.length));
}

async function policiesInForce(io: CommandIo, file: string | undefined): Promise<NamedText[]> {
  const { config } = await loadConfig({ file, env: io.env });
  const found = findPolicies(config.sca, { dataFolder: config.agent.path.data });
  const [trouble] = found.troubles;
  if (trouble !== undefined) {
    throw new AgentError("failed", trouble.message, { hint: trouble.hint });
  }
  return found.sources.map(({ key, text }) => ({ file: key, text }));
}

function validText(count: number): string {
  if (count === 0) return "There are no policies\n";
  return `${count} ${count === 1 ? "policy is" : "policies are"} valid\n`;
}
