/**
 * Source maps (ECMA-426): with them a stack trace of the executable names files and lines of `src`.
 *
 * @module
 */

/**
 * Takes out of a source map what a stack trace does not need: the text of the sources, two thirds of it, and the folders
 * of the machine that built it. Sources become `src/…` and `npm/PACKAGE/VERSION/…`.
 *
 * @param text the source map as JSON
 */
export function trimSourceMap(text: string): string {
  const { sourcesContent: _, sources, ...map } = JSON.parse(text);
  return JSON.stringify({ ...map, sources: sources.map(placeOfSource) });
}

function placeOfSource(source: string): string {
  const inProject = source.replace(/^(\.\.\/)+/, "");
  return inProject.replace(/^.*\/npm\/[^/]+\//, "npm/");
}
