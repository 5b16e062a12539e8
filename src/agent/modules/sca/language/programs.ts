/**
 * Where the programs of commands are looked for.
 *
 * @module
 */

/** The folders, the same on each machine: whatever the agent's own environment says, a rule means the same program. */
export const PROGRAM_PATH = Deno.build.os === "windows"
  ? "C:\\Windows\\System32;C:\\Windows"
  : "/usr/sbin:/usr/bin:/sbin:/bin";

/** The path of a program; `undefined` when there is none. */
export function findProgram(name: string): string | undefined {
  if (name.includes("/") || name.includes("\\")) return isProgram(name) ? name : undefined;
  const [separator, suffix] = Deno.build.os === "windows" ? [";", ".exe"] : [":", ""];
  return PROGRAM_PATH.split(separator).map((folder) => `${folder}/${name}${suffix}`)
    .find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    const { isFile, mode } = Deno.statSync(path);
    return isFile && (mode === null || (mode & 0o111) !== 0);
  } catch {
    return false;
  }
}
