/**
 * `agent release`: makes keys, signs manifests of what agents may download, and says what an agent would say of one.
 *
 * @module
 */

import {
  Command,
  type CommandUnknownOpts,
  InvalidArgumentError,
} from "@commander-js/extra-typings";
import { parseDuration } from "../../../shared/config/units.ts";
import type { CliIo } from "../cli_io.ts";
import { CONFIG_OPTION } from "../config_option.ts";

const KEYGEN_HELP = `
Writes FILE, the private half, which nobody but you may read, and FILE.pub, the public half, for the
agents (upgrade.trusted_keys). Files that are there are left alone. docs/signing.md says who should
hold which key.

Example:
  $ agent release keygen /media/stick/release.key`;

const SIGN_HELP = `
PATH is a folder of executables, one a platform: its manifest is made there. Or it is a manifest:
then your signature is added to it. Each number of --release has to be higher than all before it.

Examples:
  $ agent release sign dist/ --agent-version 1.4.0 --release 37 --key release.key
  $ agent release sign dist/agent-1.4.0.json --key second.key
  $ agent release sign --script block.sh --release 3 --key release.key
  $ agent release sign --new-keys keys/ --threshold 2 --release 2 --key old.key --key new.key`;

const VERIFY_HELP = `
Says whether an agent would take it: with the keys that this machine trusts, or with those of --keys;
for the version and the platform of this agent, unless others are named. Files that the manifest
names and that lie beside it are looked at too. Exit status 0: it would, 1: it would not.

Example:
  $ agent release verify dist/agent-1.4.0.json --keys release.key.pub --for 1.3.2`;

/** Builds the command. */
export function releaseCommand(io: CliIo): CommandUnknownOpts {
  const command = new Command("release")
    .description("sign what agents may download: keygen, sign, verify");
  addKeygen(command, io);
  addSign(command, io);
  addVerify(command, io);
  return command;
}

function addKeygen(command: CommandUnknownOpts, io: CliIo): void {
  command.command("keygen")
    .description("make a key that signs")
    .argument("<file>", "of the private half")
    .option("--json", "print the result as JSON")
    .addHelpText("after", KEYGEN_HELP)
    .action(async (file, options) => (await import("./keygen.ts")).makeKey(io, file, options));
}

function addSign(command: CommandUnknownOpts, io: CliIo): void {
  command.command("sign")
    .description("sign a folder of executables, a script, new keys, or what others signed before")
    .argument("[path]", "folder of executables, or a manifest")
    .requiredOption("--key <file>", "private key; may be repeated", collect)
    .option("--release <number>", "of this release; higher than all before", wholeNumber)
    .option("--agent-version <version>", "of the executables, such as 1.4.0")
    .option("--from <range>", "versions that it may replace (default: all)")
    .option(
      "--database <number>",
      "version of the database, if the one before cannot be read",
      count,
    )
    .option("--valid <duration>", "until nobody may install it any more (default: 90d)", duration)
    .option("--script <file>", "sign a script")
    .option("--new-keys <path>", "sign keys that take the place of those of now: file or folder")
    .option(
      "--threshold <number>",
      "how many of the new keys have to sign (default: 1)",
      wholeNumber,
    )
    .option("--output <file>", "where the manifest goes")
    .option("--json", "print the result as JSON")
    .addHelpText("after", SIGN_HELP)
    .action(async (path, options) => (await import("./sign.ts")).signRelease(io, path, options));
}

function addVerify(command: CommandUnknownOpts, io: CliIo): void {
  command.command("verify")
    .description("say whether an agent would take a manifest, and why not")
    .argument("<manifest>", "the manifest")
    .option("--keys <path>", "trusted public keys: file or folder")
    .option("--threshold <number>", "how many of them have to sign", wholeNumber)
    .option("--platform <name>", "such as linux-x86_64")
    .option("--for <version>", "the version that it is to replace")
    .option("--highest <number>", "the highest release that was seen before", wholeNumber)
    .option("--json", "print the result as JSON")
    .option(...CONFIG_OPTION)
    .addHelpText("after", VERIFY_HELP)
    .action(async (manifest, options) =>
      (await import("./verify.ts")).verifyRelease(io, manifest, options)
    );
}

function collect(path: string, earlier: string[] = []): string[] {
  return [...earlier, path];
}

function wholeNumber(text: string): number {
  const number = count(text);
  if (number > 0) return number;
  throw new InvalidArgumentError("Expected a whole number from 1 on.");
}

function count(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("Expected a whole number.");
}

function duration(text: string): number {
  const durationMs = parseDuration(text);
  if (durationMs !== undefined && durationMs > 0) return durationMs;
  throw new InvalidArgumentError("Expected a duration such as 90d.");
}
