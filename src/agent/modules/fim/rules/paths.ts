/**
 * Paths as keys: absolute, as text, without a slash at the end but for `/` itself.
 *
 * @module
 */

/** The last part of a path; `/` of `/`. */
export function nameOf(path: string): string {
  return path === "/" ? "/" : path.slice(path.lastIndexOf("/") + 1);
}

/** The folder that a path lies in; `/` of `/`. */
export function folderOf(path: string): string {
  return path.slice(0, Math.max(1, path.lastIndexOf("/")));
}

/** The path of an entry of a folder. */
export function childPath(folder: string, name: string): string {
  return folder === "/" ? `/${name}` : `${folder}/${name}`;
}

/** What the keys of everything below a folder begin with. */
export function prefixOf(folder: string): string {
  return folder === "/" ? "/" : `${folder}/`;
}

/** Whether a path is a folder's or below it. */
export function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(prefixOf(folder));
}

/** The folders that a path lies in, from `/` on. */
export function parentsOf(path: string): string[] {
  if (path === "/") return [];
  const parents = ["/"];
  for (let at = path.indexOf("/", 1); at !== -1; at = path.indexOf("/", at + 1)) {
    parents.push(path.slice(0, at));
  }
  return parents;
}
