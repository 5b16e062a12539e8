/**
 * How the machines that executables are made for are called: `linux-x86_64`, `windows-x86_64`, `darwin-aarch64` …
 *
 * @module
 */

/** The name of a platform; by default of the one that this program runs on. */
export function platformName({ os, arch }: { os: string; arch: string } = Deno.build): string {
  return `${os}-${arch}`;
}
