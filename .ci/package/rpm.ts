/**
 * A package for Fedora, RHEL, SUSE and their relatives, made by `rpmbuild`.
 *
 * @module
 */

import type { StagedPacking } from "./deb.ts";
import type { PackedFile } from "./files.ts";
import { runTool } from "./tool.ts";

/** Makes the package and gives its path. */
export async function rpm(packing: StagedPacking): Promise<string> {
  const { root, version, platform, files, epoch } = packing;
  const work = await Deno.realPath(packing.work);
  await Deno.writeTextFile(`${work}/files`, `${files.map(fileLine).join("\n")}\n`);
  const defined = {
    _topdir: `${work}/rpmbuild`,
    _rpmdir: work,
    _rpmfilename: "%{NAME}-%{VERSION}-%{RELEASE}.%{ARCH}.rpm",
    agent_version: version,
    agent_tree: `${work}/tree`,
    agent_files: `${work}/files`,
    // What would tell when and where it was made.
    _buildhost: "localhost",
    use_source_date_epoch_as_buildtime: "1",
    clamp_mtime_to_source_date_epoch: "1",
    _binary_payload: "w9.gzdio",
  };
  const flags = Object.entries(defined).flatMap(([name, text]) => ["--define", `${name} ${text}`]);
  const target = ["--target", `${platform.rpm}-linux`];
  await runTool([
    "rpmbuild",
    "-bb",
    "--quiet",
    ...target,
    ...flags,
    `${root}/.ci/package/rpm/agent.spec`,
  ], {
    env: { SOURCE_DATE_EPOCH: String(epoch) },
  });
  return `${work}/agent-${version}-1.${platform.rpm}.rpm`;
}

function fileLine({ path, mode, content, linkTo, isConfiguration }: PackedFile): string {
  if (linkTo !== undefined) return `%attr(-, root, root) ${path}`;
  const attributes = `%attr(${mode.toString(8).padStart(4, "0")}, root, root)`;
  if (content === undefined) return `${attributes} %dir ${path}`;
  return `${attributes} ${isConfiguration === true ? "%config(noreplace) " : ""}${path}`;
}
