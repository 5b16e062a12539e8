/**
 * Source maps (ECMA-426): with them a stack trace of the executable names files and lines of `src`.
 *
 * @module
 */

/** What is read of a source map; the rest stays as it is. */
interface SourceMap {
  sources: string[];
  sourcesContent?: unknown;
}

/**
 * Takes out of a source map what a stack trace does not need: the text of the sources, two thirds of it, and the folders
 * of the machine that built it. Sources become `src/…` and `npm/PACKAGE/VERSION/…`.
 *
 * @param text the source map as JSON
 */
export function trimSourceMap(text: string): SourceMap {
  const { sourcesContent: _, ...map } = JSON.parse(text) as SourceMap;
  return { ...map, sources: map.sources.map(placeOfSource) };
}

function placeOfSource(source: string): string {
  const inProject = source.replace(/^(\.\.\/)+/, "");
  return inProject.replace(/^.*\/npm\/[^/]+\//, "npm/");
}
