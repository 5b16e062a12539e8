/**
 * The peer: AIDE over the same folder with the same digest.
 *
 * @module
 */

import { childrenCpuS } from "./children_cpu.ts";

/** What two runs of it cost. */
interface AideCost {
  version: string;
  initCpuS: number;
  checkCpuS: number;
}

/** Runs it in `folder` on what our documents have too: no access lists, no extended attributes; `undefined` where it is not installed. */
export function measureAide(root: string, folder: string): AideCost | undefined {
  const version = versionOf();
  if (version === undefined) return undefined;
  const config = `${folder}/aide.conf`;
  Deno.writeTextFileSync(
    config,
    [
      `database_in=file:${folder}/aide.db`,
      `database_out=file:${folder}/aide.db`,
      "gzip_dbout=no",
      "report_url=stdout",
      "num_workers=1",
      `${root} ftype+p+i+l+n+u+g+s+m+c+e2fsattrs+sha256`,
      "",
    ].join("\n"),
  );
  const run = (what: string) => {
    const before = childrenCpuS();
    const { code, stderr } = new Deno.Command("nice", {
      args: ["aide", what, "--config", config],
      stdout: "null",
    }).outputSync();
    // Below 14 it says what differs.
    if (code >= 14) throw new Error(new TextDecoder().decode(stderr));
    return childrenCpuS() - before;
  };
  return { version, initCpuS: run("--init"), checkCpuS: run("--check") };
}

function versionOf(): string | undefined {
  try {
    const { stdout, stderr } = new Deno.Command("aide", { args: ["--version"] }).outputSync();
    const text = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
    return /\d+\.\d+(\.\d+)?/.exec(text)?.[0];
  } catch {
    return undefined;
  }
}
