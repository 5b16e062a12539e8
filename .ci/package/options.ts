/**
 * The command line of `deno task package`.
 *
 * @module
 */

import { Command, Option } from "@commander-js/extra-typings";
import { tellUsage } from "../../src/shared/cli/usage.ts";
import { type Format, type PlatformNames, platformOf, PLATFORMS } from "./platforms.ts";

/** What the command line says. */
export interface PackageOptions {
  platform: PlatformNames;
  formats: readonly Format[];
  /** The compiled agent. */
  executable: string;
}

const HELP = `
Makes dist/agent_VERSION-1_ARCHITECTURE.deb and so on from what deno task compile has made. Files get the time
of the last commit, or SOURCE_DATE_EPOCH: the same source gives the same bytes. Uses dpkg-deb, rpmbuild, zip and
GNU tar, for every platform: run it on Linux.

Examples:
  $ deno task compile agent && deno task package
  $ deno task package --format rpm --target aarch64-unknown-linux-gnu`;

/** Reads the command line; ends the process with exit status 2 for wrong usage. */
export function parsePackageOptions(argv: readonly string[]): PackageOptions {
  const formats: readonly Format[] = ["deb", "rpm", "tar.gz", "zip"];
  const program = new Command("deno task package")
    .description("make packages and archives of the compiled agent")
    .addOption(
      new Option("--format <names...>", "what to make (default: all but rpm)").choices(formats),
    )
    .addOption(
      new Option("--target <platform>", "platform that it was compiled for (default: this one)")
        .choices(PLATFORMS.map(({ target }) => target)),
    )
    .addHelpText("after", HELP)
    .exitOverride(({ exitCode }) => Deno.exit(exitCode === 0 ? 0 : 2));
  tellUsage(program);
  const { format, target } = program.parse([...argv], { from: "user" }).opts();
  const platform = platformOf(target ?? Deno.build.target);
  const folder = target === undefined ? "dist" : `dist/${target}`;
  return {
    platform,
    formats: format ?? platform.formats.filter((name) => name !== "rpm"),
    executable: `${folder}/agent${platform.system === "windows" ? ".exe" : ""}`,
  };
}
