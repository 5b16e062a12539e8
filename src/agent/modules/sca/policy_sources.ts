/**
 * Which policies there are for this machine: in its files, and of its groups.
 *
 * @module
 */

import { basename, dirname, join } from "node:path";
import { hash } from "node:crypto";
import { messageOf } from "../../../shared/errors.ts";
import { requireTrusted } from "../../platform/trusted_path.ts";
import { userName } from "../../platform/user_name.ts";
import type { Trouble } from "../problems.ts";
import type { ScaOptions } from "./options.ts";
import { readPolicyFile } from "./policy_file.ts";
import { expandPath } from "./scan/expand_path.ts";
import { FileAccess } from "./scan/file_access.ts";

/** Where packages put policies. */
const PACKAGED_FOLDER = "/usr/share/agent/sca";
const IN_FOLDER = ["*.yml", "*.yaml"];

/** A policy before it is read. */
export interface PolicySource {
  /** Unique. */
  key: string;
  /** Path, or what else tells where it is from. */
  file: string;
  text: string;
  /** Digest of the text. */
  digest: string;
  isRemote: boolean;
  /** It was found, not named: it only counts where its requirements are met. */
  isFound: boolean;
  whyNoCommands: string | undefined;
}

/** What was found. */
interface FoundPolicies {
  sources: readonly PolicySource[];
  troubles: readonly Trouble[];
  /** Files that could not be read: of what is in them nothing is known. */
  unread: readonly string[];
}

/** Where policies are looked for, and how. */
interface FindOptions {
  dataFolder: string | undefined;
  files?: FileAccess;
  /** Also trusts whom a policy belongs to, as root may do who only looks. @default false */
  trustOwner?: boolean;
}

/** The options that say which policies there are. */
type SourceOptions = Pick<ScaOptions, "policies" | "group_policies" | "remote_commands">;

/** Looks for policies. */
export function findPolicies(
  options: SourceOptions,
  { dataFolder, files = new FileAccess(), trustOwner = false }: FindOptions,
): FoundPolicies {
  const isFound = options.policies.length === 0;
  const named = isFound ? defaultGlobs(dataFolder) : options.policies;
  const troubles: Trouble[] = [];
  const sources: PolicySource[] = [];
  const unread: string[] = [];
  for (const glob of named) {
    const paths = expandPath(glob, files);
    if (paths.length === 0 && !isFound) troubles.push(absent(glob));
    for (const path of paths) {
      if (sources.some(({ key }) => key === path)) continue;
      if (files.kindOf(path) === "absent") troubles.push(absent(path));
      else {
        const source = sourceAt(path, { isFound, trustOwner });
        if ("key" in source) sources.push(source);
        else {
          unread.push(path);
          troubles.push(source);
        }
      }
    }
  }
  return { sources: [...sources, ...groupSources(options)], troubles, unread };
}

function defaultGlobs(dataFolder: string | undefined): string[] {
  const own = dataFolder === undefined ? [] : [join(dataFolder, "sca")];
  return [...own, PACKAGED_FOLDER].flatMap((folder) => IN_FOLDER.map((name) => join(folder, name)));
}

function sourceAt(
  path: string,
  { isFound, trustOwner }: { isFound: boolean; trustOwner: boolean },
): PolicySource | Trouble {
  try {
    const text = readPolicyFile(path);
    const whyNoCommands = whyNotTrusted(path, trustOwner);
    return {
      key: path,
      file: path,
      text,
      digest: digestOf(text),
      isRemote: false,
      isFound,
      whyNoCommands,
    };
  } catch (error) {
    return {
      code: "unreadable",
      subject: path,
      message: messageOf(error),
      hint: "let the agent read it, or take it out of sca.policies; until then its results stay",
    };
  }
}

function absent(path: string): Trouble {
  return {
    code: "nothing_matches",
    subject: path,
    message: `there is no policy ${path}`,
    hint: "write it, or take it out of sca.policies",
  };
}

function groupSources({ group_policies, remote_commands }: SourceOptions): PolicySource[] {
  return group_policies.map((text, index) => ({
    key: `group_policies[${index}]`,
    file: "group_policies",
    text,
    digest: digestOf(text),
    isRemote: true,
    isFound: false,
    whyNoCommands: remote_commands
      ? undefined
      : "it is the server's, and sca.remote_commands is false",
  }));
}

/** Whoever can write a policy has the agent run commands. */
function whyNotTrusted(path: string, trustOwner: boolean): string | undefined {
  if (Deno.build.os === "windows") return undefined;
  const real = Deno.realPathSync(path);
  try {
    requireTrusted("the folder of the policy", dirname(real), { trustOwner });
  } catch (error) {
    return messageOf(error);
  }
  const { uid, mode } = Deno.statSync(real);
  if (!trustOwner && uid !== null && uid !== 0 && uid !== Deno.uid()) {
    return `${basename(path)} belongs to ${userName(uid)}`;
  }
  return mode !== null && (mode & 0o022) !== 0
    ? `${basename(path)} can be written by others`
    : undefined;
}

function digestOf(text: string): string {
  return hash("sha256", text, "hex");
}
