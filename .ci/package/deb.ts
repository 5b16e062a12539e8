/**
 * A package for Debian and its relatives, made by `dpkg-deb`.
 *
 * @module
 */

import type { PackedFile } from "./files.ts";
import type { Packing } from "./pack.ts";
import { runTool } from "./tool.ts";

/** A package whose files lie ready. */
export interface StagedPacking extends Packing {
  files: readonly PackedFile[];
  /** The folder that they lie in. */
  folder: string;
  /** For what is only needed while it is made. */
  work: string;
}

const SCRIPTS = ["preinst", "postinst", "prerm", "postrm"] as const;

/** Makes the package and gives its path. */
export async function deb(packing: StagedPacking): Promise<string> {
  const { platform, version, folder, work, epoch } = packing;
  await writeControl(packing);
  const made = `${work}/agent_${version}-1_${platform.deb}.deb`;
  // A higher level takes three times as long to save a tenth.
  const flags = ["--root-owner-group", "-Zxz", "-z2", "--build"];
  // One thread: the bytes must not depend on how many cores there are.
  const env = { SOURCE_DATE_EPOCH: String(epoch), DPKG_DEB_THREADS_MAX: "1" };
  await runTool(["dpkg-deb", ...flags, folder, made], { env });
  return made;
}

async function writeControl(packing: StagedPacking): Promise<void> {
  const { root, folder, epoch, files } = packing;
  const control = `${folder}/DEBIAN`;
  await Deno.mkdir(control);
  await Deno.chmod(control, 0o755);
  const write = async (name: string, text: string, mode: number) => {
    await Deno.writeTextFile(`${control}/${name}`, text);
    await Deno.chmod(`${control}/${name}`, mode);
    await Deno.utime(`${control}/${name}`, epoch, epoch);
  };
  const conffiles = files.filter(({ isConfiguration }) => isConfiguration).map(({ path }) => path);
  await write("control", await controlText(packing), 0o644);
  await write("conffiles", `${conffiles.join("\n")}\n`, 0o644);
  await write("md5sums", await sumsOf(packing), 0o644);
  for (const name of SCRIPTS) {
    await write(name, await Deno.readTextFile(`${root}/.ci/package/debian/${name}`), 0o755);
  }
  await Deno.utime(control, epoch, epoch);
}

async function controlText({ root, version, platform, folder }: StagedPacking): Promise<string> {
  const template = await Deno.readTextFile(`${root}/.ci/package/debian/control`);
  const values: Record<string, string> = {
    VERSION: version,
    ARCHITECTURE: platform.deb ?? "",
    INSTALLED_KIB: String(await sizeKib(folder)),
  };
  return template.replaceAll(/@([A-Z_]+)@/g, (_, name: string) => values[name] ?? "");
}

/** What `dpkg --verify` compares; configuration may change. */
async function sumsOf({ files, folder }: StagedPacking): Promise<string> {
  const summed = files.filter((file) => file.content !== undefined && !file.isConfiguration);
  const paths = summed.map(({ path }) => path.slice(1)).toSorted();
  return `${await runTool(["md5sum", ...paths], { cwd: folder })}\n`;
}

/** As Debian Policy counts it: each file rounded up, 1 KiB for anything else. */
async function sizeKib(folder: string): Promise<number> {
  let sum = 0;
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) sum += 1 + (name === "DEBIAN" ? -1 : await sizeKib(`${folder}/${name}`));
    else sum += Math.ceil((await Deno.lstat(`${folder}/${name}`)).size / 1024);
  }
  return sum;
}
