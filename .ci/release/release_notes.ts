/**
 * The notes of a release: its section of the changelog.
 *
 * @module
 */

import { AgentError } from "../../src/shared/errors.ts";

/**
 * The text of the section for `tag`, such as `v0.2.0`, without its heading.
 *
 * @throws {AgentError} `failed` when `tag` is not for `version`, or there is no dated section with something in it
 */
export function releaseNotes(
  changelog: string,
  { tag, version }: { tag: string; version: string },
): string {
  if (tag !== `v${version}`) {
    throw refusal(`Tag "${tag}" is not for version ${version} of deno.json`, `git tag v${version}`);
  }
  const { date, text } = sectionOf(changelog, version);
  if (!isDate(date)) {
    throw refusal(
      `CHANGELOG.md has no date for ${version} but "${date}"`,
      `begin the section with: ## ${version} (YYYY-MM-DD)`,
    );
  }
  if (text === "") {
    throw refusal(`CHANGELOG.md says nothing of ${version}`, "write what changed for its users");
  }
  return `${text}\n`;
}

/** Also that there is such a day: the parser of dates takes 31 February for 3 March. */
function isDate(text: string): boolean {
  const time = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(`${text}T`);
}

function sectionOf(changelog: string, version: string): { date: string; text: string } {
  const sections = changelog.split(/^## /m).slice(1);
  for (const section of sections) {
    const [heading = "", ...lines] = section.split("\n");
    const [, name, date = ""] = /^(\S+)(?: \((.*)\))?$/.exec(heading.trim()) ?? [];
    if (name === version) return { date, text: lines.join("\n").trim() };
  }
  throw refusal(
    `CHANGELOG.md has no section for ${version}`,
    `begin one with: ## ${version} (YYYY-MM-DD)`,
  );
}

function refusal(message: string, hint: string): AgentError {
  return new AgentError("failed", message, { hint });
}
