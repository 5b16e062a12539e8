/**
 * Whether the configured locations lead to files that can be read, for `agent config check`.
 *
 * @module
 */

import { messageOf } from "../../../../shared/errors.ts";
import { pluralize } from "../../../../shared/text.ts";
import type { CheckResult } from "../../check.ts";
import { FileFinder } from "./file_finder.ts";
import { reasonOf } from "../files/file_system.ts";
import { compileSources } from "../formats/compile_source.ts";
import type { LocalfileOptions } from "../formats/source_options.ts";
import { type LinkMode, LinkRule } from "./link_rule.ts";
import { openBracket } from "./unmatched.ts";

/** The options that say what is followed. */
interface LocationOptions {
  localfiles: readonly LocalfileOptions[];
  follow_links: LinkMode;
}

/** So many of what was found are named. */
const NAMED = 3;

/** Whether each pattern can be used; one that could take more than linear time cannot. */
export async function checkPatterns({ localfiles }: LocationOptions): Promise<CheckResult> {
  const said: string[] = [];
  for (const localfile of localfiles) {
    try {
      await compileSources([localfile]);
    } catch (error) {
      said.push(messageOf(error));
    }
  }
  return resultOf(said, {
    status: "fail",
    hint: "correct it: the syntax is that of RE2, which has no look-around and no back-references",
  });
}

/** Whether each bracket of a glob is closed; a file whose name it is as it stands is fine. */
export function checkGlobs({ localfiles }: LocationOptions): CheckResult {
  const said = localfiles.flatMap(({ location, exclude = [] }) => [location, ...exclude])
    .filter((glob) => openBracket(glob) !== undefined && !exists(glob))
    .map((glob) => `the ${openBracket(glob)} of "${glob}" is not closed`);
  return resultOf(said, {
    status: "fail",
    hint: "close it, or write [[] or [{] for the character itself",
  });
}

/** Whether each location leads to a file now. */
export function checkMatches({ localfiles, follow_links }: LocationOptions): CheckResult {
  const { unmatched } = new FileFinder(localfiles, new LinkRule(follow_links)).find();
  const said = [...unmatched].map(([location, why]) => `no file matches "${location}": ${why}`);
  return resultOf(said, { status: "warn", hint: "correct logcollector.localfiles" });
}

/** Whether this user can read what they lead to. */
export function checkReadable({ localfiles, follow_links }: LocationOptions): CheckResult {
  const links = new LinkRule(follow_links);
  const { files, problems } = new FileFinder(localfiles, links).find();
  const said = [...problems].map(([path, why]) => `cannot read "${path}": ${why}`);
  for (const { path } of files) {
    try {
      links.open(path)[Symbol.dispose]();
    } catch (error) {
      said.push(`cannot read "${path}": ${reasonOf(error)}`);
    }
  }
  return resultOf(said, { status: "warn", hint: UNREADABLE_HINT });
}

const UNREADABLE_HINT = "let the agent's user read it, or exclude it; a service made by agent " +
  "service install or a package may read every log, also those that this user may not";

function resultOf(
  said: readonly string[],
  { status, hint }: { status: "warn" | "fail"; hint: string },
): CheckResult {
  if (said.length === 0) return { status: "ok", message: "as it should be" };
  const others = said.length - NAMED;
  const more = others > 0 ? [`and ${pluralize(others, "other")}`] : [];
  return { status, message: [...said.slice(0, NAMED), ...more].join("; "), try: hint };
}

function exists(path: string): boolean {
  try {
    return Deno.lstatSync(path) !== undefined;
  } catch {
    return false;
  }
}
