import { AgentError } from "../../../shared/errors.ts";
import { GROUP_NAME, GROUP_NAME_RULE, MAX_GROUPS } from "../../../shared/protocol/groups.ts";

/**
 * The names in a list with commas, by the rule of `set-group`: what it would refuse later is refused now.
 *
 * @throws {AgentError} `usage`
 */
export function groupsOf(text = ""): string[] {
  const names = text.split(",").map((name) => name.trim()).filter((name) => name !== "");
  if (text.trim() !== "" && names.length === 0) throw unusableGroups("it names none");
  const wrong = names.find((name) => !GROUP_NAME.test(name));
  if (wrong !== undefined) {
    throw unusableGroups(`${JSON.stringify(wrong)} must be ${GROUP_NAME_RULE}`);
  }
  if (names.length > MAX_GROUPS) throw unusableGroups(`there may be at most ${MAX_GROUPS}`);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw unusableGroups(`${JSON.stringify(twice)} is named twice`);
  return names;
}

function unusableGroups(why: string): AgentError {
  return new AgentError("usage", `Cannot use --groups: ${why}`, {
    hint: "name groups that the server has, such as --groups web,linux",
  });
}
