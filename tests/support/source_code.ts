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
    else if (name.endsWith(".ts")) yield path;
  }
}

/** All imports: of values, of types, and dynamic ones. */
export function importsOf(sources: Sources): Import[] {
  return [...sources].flatMap(([from, text]) => {
    const code = text.replace(COMMENT_LINE, "");
    const found = [...code.matchAll(STATIC), ...code.matchAll(DYNAMIC)];
    return found.map(({ groups = {} }) => {
      const { to, names, member } = groups;
      if (to === undefined) return { from, to: COMPUTED, names: [] };
      return { from, to: resolved(from, to), names: member ? [member] : namesIn(names) };
    });
  });
}

/** `{ a, type b as c }` takes `a` and `b`; anything else may take everything. */
function namesIn(clause = "*"): string[] {
  if (clause.includes("*")) return ["*"];
  const list = clause.replace(/^[^{]*\{|\}.*$/gs, "").split(",");
  return list.map((name) => name.trim().replace(/^type\s+/, "").replace(/(\s+as\s+|:).*$/, ""))
    .filter((name) => name !== "");
}

function resolved(from: string, to: string): string {
  return to.startsWith(".") ? normalize(join(dirname(from), to)) : to;
}

/** Everything that is declared with `export`. */
export function exportsOf(sources: Sources): Export[] {
  return [...sources].flatMap(([file, text]) =>
    [...text.matchAll(EXPORTED)].map(([, name = ""]) => ({ file, name }))
  );
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
