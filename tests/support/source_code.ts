/**
 * What the files of this project import and export, read from their text.
 *
 * The formatter leaves one way to write an import, so a pattern for each form is enough.
 *
 * @module
 */

import { dirname, join, normalize } from "node:path/posix";

/** One import of one file. */
export interface Import {
  /** The file that imports, such as `src/main.ts`. */
  from: string;
  /** A file of the project, or a package or `node:` module as it is written, or {@linkcode COMPUTED}. */
  to: string;
  /** Names that are taken; `["*"]` when it cannot be said which. */
  names: readonly string[];
}

/** Stands for an import whose name is computed, and so cannot be read. */
export const COMPUTED = "(computed)";

/** Something that a file exports. */
export interface Export {
  file: string;
  name: string;
}

/** Texts of files by their path from the root of the project. */
export type Sources = ReadonlyMap<string, string>;

const STATIC = /^(?:import|export)\s+(?:type\s+)?(?:(?<names>[^"';]*?)\s+from\s+)?"(?<to>[^"]+)"/gm;
const DYNAMIC =
  /(?:\{(?<names>[^{}]*)\}\s*=\s*await\s+)?(?<![\w.])import\(\s*(?:"(?<to>[^"]+)",?\s*\)(?:\)\.(?<member>\w+))?)?/g;
/** A file that is named so is run by another program, or as a worker. */
const BY_URL = /new URL\(\s*"(?<to>[^"]+\.ts)",\s*import\.meta\.url/g;
const RESOLVED = /import\.meta\.resolve\((?:\s*"(?<to>[^"]+)")?/g;
const EXPORTED_LIST = /^export (?:type )?\{([^}]*)\}/gm;
const EXPORTED_PATTERN = /^export (?:const|let|var) [{[]([^}\]]*)[}\]]\s*=/gm;
const EXPORTED_MORE =
  /^export (?:let|var|const) \w+(?:: [\w<>[\]]+)?(?: = [\w."']+)?((?:, [A-Za-z_]\w*)+)/gm;
const EXPORTED_DEFAULT = /^export default /gm;
const EXPORTED =
  /^export (?:default )?(?:async |abstract )*(?:function\*?|class|const|let|interface|type|enum) (\w+)/gm;
const COMMENT_LINE = /^\s*(?:\/?\*|\/\/).*$/gm;

/** Reads every TypeScript file below these folders of the project. */
export function readSources(...folders: readonly string[]): Sources {
  const sources = new Map<string, string>();
  for (const path of folders.flatMap((folder) => [...filesBelow(folder)]).sort()) {
    sources.set(path, Deno.readTextFileSync(join(ROOT, path)));
  }
  return sources;
}

/** Root of the project, without a slash at its end. */
export const ROOT = new URL("../..", import.meta.url).pathname.replace(/\/$/, "");

function* filesBelow(folder: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(join(ROOT, folder))) {
    const path = join(folder, name);
    if (isDirectory) yield* filesBelow(path);
    else if (/\.tsx?$/.test(name)) yield path;
  }
}

/** All imports: of values, of types, and dynamic ones. */
export function importsOf(sources: Sources): Import[] {
  return [...sources].flatMap(([from, text]) => {
    const code = text.replace(COMMENT_LINE, "");
    const found = [STATIC, DYNAMIC, BY_URL, RESOLVED].flatMap((form) => [...code.matchAll(form)]);
    return found.map(({ groups = {} }) => {
      const { to, names, member } = groups;
      if (to === undefined) return { from, to: COMPUTED, names: [] };
      return { from, to: resolved(from, to), names: member ? [member] : namesIn(names) };
    });
  });
}

/** `{ a, type b as c }` takes `a` and `b`, a name without braces the default; anything else may take everything. */
function namesIn(clause = "*"): string[] {
  if (clause.includes("*")) return ["*"];
  if (/^\w/.test(clause)) return ["default", ...namesIn(/\{.*\}/s.exec(clause)?.[0] ?? "{}")];
  const list = clause.replace(/^[^{]*\{|\}.*$/gs, "").split(",");
  return list.map((name) => name.trim().replace(/^type\s+/, "").replace(/(\s+as\s+|:).*$/, ""))
    .filter((name) => name !== "");
}

function resolved(from: string, to: string): string {
  if (to.startsWith(".")) return normalize(join(dirname(from), to));
  const path = to.replace(/^file:\/\//, "");
  return path.startsWith(`${ROOT}/`) ? normalize(path.slice(ROOT.length + 1)) : to;
}

/** Everything that is exported, under the name that others see. */
export function exportsOf(sources: Sources): Export[] {
  return [...sources].flatMap(([file, text]) =>
    exportedNames(text.replace(COMMENT_LINE, "")).map((name) => ({ file, name }))
  );
}

function exportedNames(code: string): string[] {
  const declared = [...code.matchAll(EXPORTED)].filter(([whole]) => !whole.includes(" default "));
  const listed = [EXPORTED_LIST, EXPORTED_PATTERN, EXPORTED_MORE]
    .flatMap((form) => [...code.matchAll(form)])
    .flatMap(([, list = ""]) => list.split(",")).map(nameOutside);
  const defaults = [...code.matchAll(EXPORTED_DEFAULT)].map(() => "default");
  return [...declared.map(([, name = ""]) => name), ...listed.filter(Boolean), ...defaults];
}

/** Of `a as b` and of `a: b = 1` others see `b`. */
function nameOutside(item: string): string {
  return item.trim().replace(/ = .*$/s, "").split(/ as |: |^type |\.\.\./).at(-1) ?? "";
}

/** Exports that no other file takes. */
export function unusedExports(exports: readonly Export[], imports: readonly Import[]): Export[] {
  const taken = new Set(
    imports.filter(({ from, to }) => from !== to)
      .flatMap(({ to, names }) => names.map((name) => `${to} ${name}`)),
  );
  return exports.filter(({ file, name }) =>
    !taken.has(`${file} ${name}`) && !taken.has(`${file} *`)
  );
}

/** A cycle among the imports, as the files along it, or `undefined`. */
export function findCycle(imports: readonly Import[]): string[] | undefined {
  const next = Map.groupBy(imports, ({ from }) => from);
  const finished = new Set<string>();
  const path: string[] = [];
  const visit = (file: string): string[] | undefined => {
    if (finished.has(file)) return undefined;
    const start = path.indexOf(file);
    if (start >= 0) return [...path.slice(start), file];
    path.push(file);
    for (const { to } of next.get(file) ?? []) {
      const cycle = visit(to);
      if (cycle) return cycle;
    }
    path.pop();
    finished.add(file);
    return undefined;
  };
  for (const file of next.keys()) {
    const cycle = visit(file);
    if (cycle) return cycle;
  }
  return undefined;
}
