/**
 * Tests that need a program that not every machine has.
 *
 * @module
 */

/** True when `program` is in one of the folders of `PATH`. */
export function isInstalled(program: string): boolean {
  const folders = (Deno.env.get("PATH") ?? "").split(Deno.build.os === "windows" ? ";" : ":");
  return folders.some((folder) => isFile(`${folder}/${program}`));
}

/** A test that uses `program`; where there is none the test's name says that it showed nothing. */
export function testWith(program: string, name: string, run: () => Promise<void>): void {
  if (isInstalled(program)) Deno.test(name, run);
  else Deno.test(`${name} (not tried here: there is no ${program})`, () => {});
}

/** Runs a program with `input` and gives what it wrote; a failure is an error with all of that. */
export async function outputOf(
  [program = "", ...args]: readonly string[],
  { input = "" }: { input?: string } = {},
): Promise<string> {
  const child = new Deno.Command(program, {
    args,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  })
    .spawn();
  const writing = new Response(input).body?.pipeTo(child.stdin) ?? child.stdin.close();
  const [{ code, stdout, stderr }] = await Promise.all([child.output(), writing]);
  const [written, complaints] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  if (code === 0 && complaints === "") return written ?? "";
  throw new Error(`${program} ended with ${code}: ${complaints}${written}`);
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
