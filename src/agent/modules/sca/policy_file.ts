/**
 * The text of a policy, from a file.
 *
 * @module
 */

import { AgentError, messageOf } from "../../../shared/errors.ts";
import { MAX_POLICY_BYTES } from "./language/read_policy.ts";

/**
 * Reads it.
 *
 * @throws {AgentError} `failed` when it cannot be read, or is too large to be one
 */
export function readPolicyFile(path: string): string {
  const fail = (reason: string, cause?: unknown) =>
    new AgentError("failed", `Cannot read policy "${path}": ${reason}`, {
      ...(cause !== undefined && { cause }),
      hint: "name the file of a policy that this user may read",
    });
  try {
    // A pipe or a device could be read for ever.
    const { isFile, size } = Deno.statSync(path);
    if (!isFile) throw fail("it is no file");
    if (size > MAX_POLICY_BYTES) throw fail("it is larger than 8 MiB");
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof AgentError) throw error;
    if (error instanceof Deno.errors.NotFound) throw fail("it is not there", error);
    throw fail(messageOf(error), error);
  }
}
