/**
 * Makes one package or archive. The same input gives the same bytes, at any time and on any machine.
 *
 * @module
 */

import { deb } from "./deb.ts";
import { archivedFiles, installedFiles, type Sources } from "./files.ts";
import type { Format, PlatformNames } from "./platforms.ts";
import { rpm } from "./rpm.ts";
import { stage } from "./staging.ts";
import { runTool } from "./tool.ts";

/** What to pack. */
export interface Packing extends Sources {
  platform: PlatformNames;
  format: Format;
  /** Where the result goes. */
  outputFolder: string;
}

/**
 * Makes a package and gives its path; what had that path is replaced in one step.
 *
 * @throws {AgentError} `failed` when a tool is missing or fails; nothing is left behind then
 */
export async function pack(packing: Packing): Promise<string> {
  await Deno.mkdir(packing.outputFolder, { recursive: true });
  const work = await Deno.makeTempDir({ dir: packing.outputFolder, prefix: ".packing-" });
  try {
    const made = await PACKERS[packing.format](packing, work);
    const place = `${packing.outputFolder}/${made.slice(made.lastIndexOf("/") + 1)}`;
    await Deno.rename(made, place);
    return place;
  } finally {
    await Deno.remove(work, { recursive: true });
  }
}

type Packer = (packing: Packing, work: string) => Promise<string>;

const PACKERS: Record<Format, Packer> = {
  deb: (packing, work) => installed("deb", packing, work),
  rpm: (packing, work) => installed("rpm", packing, work),
  "tar.gz": tarball,
  zip,
};

async function installed(format: "deb" | "rpm", packing: Packing, work: string): Promise<string> {
  const folder = `${work}/tree`;
  const files = await installedFiles(packing, format);
  await stage(files, { folder, epoch: packing.epoch });
  return await (format === "deb" ? deb : rpm)({ ...packing, files, folder, work });
}

async function tarball(packing: Packing, work: string): Promise<string> {
  const { name, folder } = await unpackable(packing, work);
  const made = `${work}/${name}.tar.gz`;
  const fixed = [
    "--sort=name",
    `--mtime=@${packing.epoch}`,
    "--owner=root:0",
    "--group=root:0",
    "--format=gnu",
  ];
  // With -n gzip keeps neither name nor time.
  await runTool(["tar", ...fixed, "-I", "gzip -9n", "-cf", made, "-C", folder, name]);
  return made;
}

async function zip(packing: Packing, work: string): Promise<string> {
  const { name, folder } = await unpackable(packing, work);
  const made = `${await Deno.realPath(work)}/${name}.zip`;
  const paths = (await archivedFiles(packing, packing.platform)).map(({ path }) => path);
  const sorted = paths.toSorted().map((path) => `${name}/${path}`);
  // -X leaves out users and times of access; the time that stays is in the zone of the machine.
  await runTool(["zip", "-q", "-X", made, ...sorted], { cwd: folder, env: { TZ: "UTC" } });
  return made;
}

/** Archives unpack into one folder, called like themselves. */
async function unpackable(packing: Packing, work: string) {
  const name = `agent-${packing.version}-${packing.platform.label}`;
  const folder = `${work}/archive`;
  const files = await archivedFiles(packing, packing.platform);
  await stage(files, { folder: `${folder}/${name}`, epoch: packing.epoch });
  return { name, folder };
}
