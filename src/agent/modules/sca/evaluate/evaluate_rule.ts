/**
 * Looks at a machine by a rule.
 *
 * @module
 */

import type { Pattern } from "../language/pattern.ts";
import { pathsOf, type Rule } from "../language/rule.ts";
import type { Machine } from "./machine.ts";
import { type Match, Matcher } from "./match.ts";
import { negate, type RuleOutcome } from "./rule_outcome.ts";

type FileRule = Extract<Rule, { kind: "file" }>;
type FolderRule = Extract<Rule, { kind: "folder" }>;
type CommandRule = Extract<Rule, { kind: "command" }>;

/** A text with what it is called. */
interface Source {
  name: string;
  text: string;
}

/**
 * The outcome of a rule.
 *
 * @param onCompare called right before a pattern is tried, which may never end
 */
export async function evaluateRule(
  rule: Rule,
  machine: Machine,
  onCompare: () => void = () => {},
): Promise<RuleOutcome> {
  const outcome = await new Evaluation(machine, onCompare).of(rule);
  return rule.isNegated ? negate(outcome) : outcome;
}

class Evaluation {
  readonly #machine: Machine;
  readonly #onCompare: () => void;

  constructor(machine: Machine, onCompare: () => void) {
    this.#machine = machine;
    this.#onCompare = onCompare;
  }

  of(rule: Rule): RuleOutcome | Promise<RuleOutcome> {
    switch (rule.kind) {
      case "file":
        return rule.content === undefined ? this.#existence(rule) : this.#fileContent(rule);
      case "folder":
        return rule.name === undefined ? this.#existence(rule) : this.#folderContent(rule);
      case "command":
        return this.#command(rule);
      case "process":
        return this.#processRuns(rule.name);
    }
  }

  /** The paths that a rule names: several by commas, several by `*`. */
  #allPaths(path: string): string[] {
    return pathsOf(path).flatMap((one) => this.#machine.expand(one));
  }

  #existence(rule: FileRule | FolderRule): RuleOutcome {
    let unseen: string | undefined;
    for (const path of this.#allPaths(rule.path)) {
      const kind = this.#machine.kindOf(path);
      if (typeof kind === "object") unseen ??= kind.missing;
      else if (kind === rule.kind) return { verdict: "found", seen: `${path} is there` };
    }
    if (unseen !== undefined) return { verdict: "invalid", seen: unseen };
    return { verdict: "not_found", seen: `there is no ${rule.kind} ${rule.path}` };
  }

  #fileContent({ path, content }: FileRule): RuleOutcome {
    const paths = this.#allPaths(path).filter((one) => this.#machine.kindOf(one) !== "absent");
    if (paths.length === 0) return { verdict: "invalid", seen: `there is no file ${path}` };
    return this.#inFiles(paths, content);
  }

  #folderContent({ path, name, content }: FolderRule): RuleOutcome {
    const folders: string[] = [];
    for (const one of this.#allPaths(path)) {
      const kind = this.#machine.kindOf(one);
      if (typeof kind === "object") return { verdict: "invalid", seen: kind.missing };
      if (kind === "folder") folders.push(one);
    }
    if (folders.length === 0) return { verdict: "invalid", seen: `there is no folder ${path}` };
    const matching: string[] = [];
    for (const folder of folders) {
      const files = this.#machine.filesBelow(folder);
      if ("missing" in files) return { verdict: "invalid", seen: files.missing };
      this.#onCompare();
      const named = filesNamed(files.paths, name, folder);
      if ("invalid" in named) return { verdict: "invalid", seen: named.invalid };
      matching.push(...named.paths);
    }
    const [first] = matching;
    if (first === undefined) {
      return { verdict: "not_found", seen: `no file below ${path} has that name` };
    }
    if (content === undefined) return { verdict: "found", seen: `${first} is there` };
    return this.#inFiles(matching, content);
  }

  /** Found when one of the files has such a line; what is said of all lines holds for all files. */
  #inFiles(paths: readonly string[], content: Pattern | undefined): RuleOutcome {
    const sources: Source[] = [];
    for (const path of paths) {
      const read = this.#machine.readFile(path);
      if ("missing" in read) return { verdict: "invalid", seen: read.missing };
      sources.push({ name: path, text: read.text });
    }
    return this.#compare(sources, content, "line");
  }

  async #command({ command, content }: CommandRule): Promise<RuleOutcome> {
    const output = await this.#machine.run(command);
    if ("timedOut" in output) return { verdict: "not_run", seen: output.timedOut };
    if ("missing" in output) return { verdict: "invalid", seen: output.missing };
    if (content === undefined) return { verdict: "found", seen: "it could be run" };
    const sources = [
      { name: "its output", text: trimLines(output.stdout) },
      { name: "its error output", text: trimLines(output.stderr) },
    ];
    return this.#compare(sources, content, "whole");
  }

  #compare(
    sources: readonly Source[],
    content: Pattern | undefined,
    unit: "line" | "whole",
  ): RuleOutcome {
    if (content === undefined) return { verdict: "found", seen: "" };
    this.#onCompare();
    return compare(sources, new Matcher(content, unit));
  }

  #processRuns(name: string): RuleOutcome {
    const isRunning = this.#machine.isRunning(name);
    if (isRunning === undefined) {
      return { verdict: "invalid", seen: "processes cannot be seen here" };
    }
    return isRunning
      ? { verdict: "found", seen: `${name} is running` }
      : { verdict: "not_found", seen: `no process ${name} is running` };
  }
}

/** A literal is a base name, or with a slash in it a path below the folder; a pattern looks at base names. */
function filesNamed(
  paths: readonly string[],
  name: Pattern | undefined,
  folder: string,
): { paths: string[] } | { invalid: string } {
  if (name === undefined) return { paths: [...paths] };
  const matcher = new Matcher(name, "line");
  const found: string[] = [];
  for (const path of paths) {
    const isPath = name.kind === "literal" && name.text.includes("/");
    const tested = isPath ? path.slice(folder.length).replace(/^\/+/, "") : baseName(path);
    const match = matcher.match(tested);
    if ("invalid" in match) return match;
    if (match.isMatch) found.push(path);
  }
  return { paths: found };
}

/** Without empty lines before and behind. */
function trimLines(text: string): string {
  return text.replace(/^[\r\n]+|[\r\n]+$/g, "");
}

function compare(sources: readonly Source[], matcher: Matcher): RuleOutcome {
  const filled = sources.filter(({ text }) => text !== "");
  if (filled.length === 0) {
    return {
      verdict: "not_found",
      seen: `${namesOf(sources)} ${sources.length === 1 ? "is" : "are"} empty`,
    };
  }
  let near: string | undefined;
  for (const source of filled) {
    const match = matcher.match(source.text);
    if ("invalid" in match) {
      return { verdict: "invalid", seen: `${source.name}: ${match.invalid}`, isContent: true };
    }
    // One line that must not be decides for all, and one that is looked for too.
    if (match.isMatch !== matcher.isOfAllLines) {
      const verdict = match.isMatch ? "found" : "not_found";
      return { verdict, seen: seenIn(source, match), isContent: true };
    }
    if (match.line !== undefined) near ??= seenIn(source, match);
  }
  // What was compared says more than that nothing compares so.
  if (near !== undefined) return { verdict: "not_found", seen: near, isContent: true };
  if (!matcher.isOfAllLines) return { verdict: "not_found", ...nothingIn(filled) };
  return { verdict: "found", seen: `no such line in ${namesOf(filled)}` };
}

function seenIn({ name, text }: Source, match: Extract<Match, { isMatch: boolean }>): string {
  return match.line === undefined
    ? `${name}: ${text.trim()}`
    : `${name}, line ${match.line}: ${match.text?.trim() ?? ""}`;
}

/** A text of one line says more than that it did not match. */
function nothingIn(sources: readonly Source[]): Pick<RuleOutcome, "seen" | "isContent"> {
  const [only] = sources;
  const isShort = sources.length === 1 && only !== undefined && !only.text.trim().includes("\n");
  return isShort
    ? { seen: `${only.name}: ${only.text.trim()}`, isContent: true }
    : { seen: `no such line in ${namesOf(sources)}` };
}

function namesOf(sources: readonly Source[]): string {
  const names = sources.map(({ name }) => name);
  return names.length <= 2
    ? names.join(" and ")
    : `${names.length} files such as ${names[0] ?? ""}`;
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
