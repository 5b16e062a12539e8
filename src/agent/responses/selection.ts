import { AgentError } from "../../shared/errors.ts";
import type { ResponseSelection } from "../../shared/protocol/responses.ts";

/**
 * The keys that are meant.
 *
 * @throws {AgentError} `usage` when one of them is not known, or begins several
 */
export function selectKeys(
  known: readonly { key: string }[],
  selection: ResponseSelection,
): string[] {
  const keys = known.map(({ key }) => key);
  if ("all" in selection) return keys;
  const meant = selection.keys.map((given) => meantBy(given, keys));
  return [...new Set(meant)];
}

function meantBy(given: string, keys: readonly string[]): string {
  if (keys.includes(given)) return given;
  const [one, ...others] = given === "" ? [] : keys.filter((key) => key.startsWith(given));
  if (one !== undefined && others.length === 0) return one;
  const text = JSON.stringify(given);
  if (one === undefined) {
    throw new AgentError("usage", `No response has the key ${text}`, {
      hint: "agent responses lists those that have not ended",
    });
  }
  throw new AgentError(
    "usage",
    `${others.length + 1} responses have keys that begin with ${text}`,
    {
      hint: `give more of it, such as ${one}`,
    },
  );
}
