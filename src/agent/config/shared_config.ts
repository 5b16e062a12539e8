/**
 * Group files: configuration that the server has for each group of agents.
 *
 * A group file is YAML with the options of `agent.yaml`. It is merged under everything that is said
 * on this machine: flag before environment before local file before group files before default. Of
 * two groups the one that stands later in the agent's list is the stronger one. A list, such as
 * `logcollector.localfiles`, is one value: the stronger list replaces the weaker one.
 *
 * The files come from outside, so they may set options only that are `shareable`: a server must not be
 * able to send the agent elsewhere, to let itself run scripts, or to have events dropped. They can't read the
 * agent's environment either (`${NAME}` is an error, `$${` is a plain `${`), and their paths are
 * absolute, for there is no folder that they could start from.
 *
 * @module
 */

import { AgentError } from "../../shared/errors.ts";
import type { Given, Problem, SubPath } from "../../shared/config/given.ts";
import type { Option } from "../../shared/config/options.ts";
import { relativePaths } from "../../shared/config/paths.ts";
import type { Platform } from "../../shared/config/platform.ts";
import { givenByYaml, type YamlReading } from "../../shared/config/yaml_source.ts";
import type { GroupFile } from "../../shared/protocol/groups.ts";

/**
 * Reads group files, the weakest first. They are shared with other agents of the family: top-level sections that are unknown here are
 * left out with a warning, and what is unknown within a known section is a problem.
 */
export function givenByShared(
  files: readonly GroupFile[],
  { options, platform }: { options: ReadonlyMap<string, Option>; platform: Platform },
): YamlReading {
  const readings = files.map(({ name, text }) => {
    const origin = { source: "shared", file: `${name}.yml` } as const;
    return givenByYaml(text, { origin, env: undefined, options, foreignSections: true });
  });
  const read = readings.flatMap((reading) => reading.given).map(withLocations)
    .map((one) => withoutForeign(one, platform));
  const given = read.map((one) => one.given);
  const isShareable = ({ path }: Given) => options.get(path)?.shareable ?? false;
  const allowed = given.filter(isShareable);
  return {
    given: allowed,
    problems: [
      ...readings.flatMap((reading) => reading.problems),
      ...given.filter((one) => !isShareable(one)).map(notShareable),
      ...allowed.flatMap((one) => notAbsolute(one, { option: options.get(one.path), platform })),
    ],
    warnings: [
      ...readings.flatMap(({ warnings = [] }) => warnings),
      ...read.flatMap(({ warnings }) => warnings),
    ],
  };
}

/** Other agents of the family write the files to follow as plain paths: `localfiles: [/var/log/app.log]`. */
const LOCALFILES = "logcollector.localfiles";

/** The same with each plain path as a `location`. */
function withLocations(given: Given): Given {
  const { path, value } = given;
  if (path !== LOCALFILES || !Array.isArray(value)) return given;
  const isPlain = (index: unknown) => typeof value[Number(index)] === "string";
  // What stands at the place of a location is then the item itself.
  const written = (subPath: SubPath): SubPath =>
    isPlain(subPath[0]) ? subPath.slice(0, 1) : subPath;
  return {
    ...given,
    value: value.map((item) => typeof item === "string" ? { location: item } : item),
    shown: (subPath) => given.shown(written(subPath)),
    placeOf: (subPath, what) => given.placeOf(written(subPath), what),
  };
}

/** One file serves agents on several systems: locations that only another one can have are left out. */
function withoutForeign(
  given: Given,
  platform: Platform,
): { given: Given; warnings: Problem[] } {
  const { path, value } = given;
  if (path !== LOCALFILES || !Array.isArray(value)) return { given, warnings: [] };
  const indexes = value.map((_, index) => index);
  const [foreign, kept] = partition(indexes, (index) => isForeign(value[index], platform));
  const written = ([index, ...rest]: SubPath): SubPath =>
    index === undefined ? [] : [kept[Number(index)] ?? index, ...rest];
  return {
    given: {
      ...given,
      value: kept.map((index) => value[index]),
      shown: (subPath) => given.shown(written(subPath)),
      placeOf: (subPath, what) => given.placeOf(written(subPath), what),
    },
    warnings: foreign.map((index) => ({
      path,
      place: given.placeOf([index], "value"),
      text: `a location of another operating system is left out: ${
        given.shown([index, "location"])
      }`,
    })),
  };
}

function partition<T>(items: readonly T[], test: (item: T) => boolean): [T[], T[]] {
  return [items.filter(test), items.filter((item) => !test(item))];
}

function isForeign(item: unknown, platform: Platform): boolean {
  const { location }: { location?: unknown } = Object(item);
  if (typeof location !== "string") return false;
  return platform === "windows"
    ? location.startsWith("/")
    : /^(?:[A-Za-z]:[\\/]|\\\\)/.test(location);
}

/**
 * The strongest configuration that stored group files allow, since an agent must start: the last good
 * files are in force in place of files that are no longer valid; when these aren't valid either, or
 * there are none, each that is not is left out. Both are warned of. `resolve` resolves with the files
 * it is given, or throws.
 */
export function resolveUsable<Loaded extends { warnings: string[] }>(
  files: readonly GroupFile[],
  { resolve, lastGood }: {
    resolve: (files: readonly GroupFile[]) => Loaded;
    lastGood: () => readonly GroupFile[];
  },
): Loaded {
  try {
    return resolve(files);
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    return withLastGood(error, { resolve, files: lastGood() }) ?? withoutInvalid(files, resolve);
  }
}

/** `undefined` when there are no such files, or they are not valid either. */
function withLastGood<Loaded extends { warnings: string[] }>(
  trouble: AgentError,
  { resolve, files }: {
    resolve: (files: readonly GroupFile[]) => Loaded;
    files: readonly GroupFile[];
  },
): Loaded | undefined {
  if (files.length === 0) return undefined;
  try {
    const loaded = resolve(files);
    const warning = "The group files are not valid, and those before them are in force: " +
      onOneLine(trouble);
    return { ...loaded, warnings: [...loaded.warnings, warning] };
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    return undefined;
  }
}

function withoutInvalid<Loaded extends { warnings: string[] }>(
  files: readonly GroupFile[],
  resolve: (files: readonly GroupFile[]) => Loaded,
): Loaded {
  let usable: GroupFile[] = [];
  let loaded = resolve(usable);
  const warnings: string[] = [];
  for (const file of files) {
    try {
      loaded = resolve([...usable, file]);
      usable = [...usable, file];
    } catch (error) {
      if (!(error instanceof AgentError)) throw error;
      warnings.push(`Group file ${file.name}.yml is ignored: ${onOneLine(error)}`);
    }
  }
  return { ...loaded, warnings: [...loaded.warnings, ...warnings] };
}

/** The message of an error with a list of problems, as one line. */
export function onOneLine({ message }: AgentError): string {
  const [head = "", ...problems] = message.split("\n").map((line) => line.trim());
  return problems.length === 0 ? head : problems.join("; ");
}

function notShareable({ path, place }: Given): Problem {
  return { path, place, text: `${path} cannot be set for a group, only on the machine itself` };
}

function notAbsolute(
  given: Given,
  { option, platform }: { option: Option | undefined; platform: Platform },
): Problem[] {
  if (option === undefined) return [];
  return relativePaths(option.schema, given.value, platform).map((subPath) => ({
    path: given.path,
    place: given.placeOf(subPath, "value"),
    text: `${given.path} has ${given.shown(subPath)}, must be an absolute path in a group file`,
  }));
}
