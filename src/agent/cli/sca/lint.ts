/**
 * `agent sca lint`.
 *
 * @module
 */

import { AgentError } from "../../../shared/errors.ts";
import { isInvalid, lintPolicy } from "../../modules/sca/language/lint.ts";
import { readPolicyFile } from "../../modules/sca/policy_file.ts";
import type { CommandIo } from "../command_io.ts";

/**
 * Prints what is wrong, and where.
 *
 * @throws {AgentError} `config_invalid` when a policy is invalid
 */
export function lintPolicies(
  io: CommandIo,
  files: readonly string[],
  { json = false }: { json?: true | undefined | false },
): void {
  const found = files.flatMap((file) =>
    lintPolicy(readPolicyFile(file), file).map((problem) => ({ file, ...problem }))
  );
  if (json) {
    io.stdout(`${JSON.stringify({ schema: 1, policies: files.length, problems: found })}\n`);
  } else {
    for (const { file, line, column, severity, text } of found) {
      io.stdout(`${file}:${line}:${column}: ${severity}: ${text}\n`);
    }
  }
  const invalid = new Set(found.filter((one) => isInvalid([one])).map(({ file }) => file));
  if (invalid.size > 0) {
    throw new AgentError("config_invalid", `${invalid.size} of ${files.length} policies invalid`, {
      hint: "mend the errors above; a check with an invalid rule is not applicable",
    });
  }
  if (!json) {
    io.stdout(`${files.length} ${files.length === 1 ? "policy is" : "policies are"} valid\n`);
  }
}
