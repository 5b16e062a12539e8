/**
 * The section `fim`.
 *
 * @module
 */

import * as z from "zod";
import * as field from "../../../shared/config/fields.ts";
import { HASHES } from "./rules/hash_names.ts";

/** How changes are seen as they happen. */
const REALTIME = ["auto", "fanotify", "inotify", "watch", "off"] as const;

/** Where what a system is made of lies; folders that are links to others are watched once. */
export const DEFAULT_DIRECTORIES: readonly string[] = [
  "/etc",
  "/usr/bin",
  "/usr/sbin",
  "/bin",
  "/sbin",
  "/boot",
];

const LEVEL_ERROR = "must be a whole number from 0 to 2000";

/** Fields of the section. Which files are read is for the owner of the machine to say, not for groups. */
export const FIM_OPTIONS = {
  enabled: field.toggle({
    default: false,
    about: "Whether the server shows files, and changes of them.",
    shareable: true,
  }),
  directories: field.list(directory(), {
    error: "must be a list of folders, such as [/etc, {path: /srv, hashes: [sha256, sha1]}]",
    most: 1_000,
    default: [...DEFAULT_DIRECTORIES],
    about:
      "Folders that are watched, with all that is in them; * and ? in a path stand for names. With " +
      "options of its own a folder is a map: path, recursion_level, realtime, hashes, restrict, " +
      "exclude, follow_symlinks, diff, tags.",
  }),
  exclude: field.list(glob(), {
    error: "must be a list of globs, such as [/etc/mtab, '*.swp']",
    most: 1_000,
    about:
      "What is left out of all of them, with what is below it. A glob without a slash is of a name, " +
      "** is any number of folders, and one that begins with ! takes back.",
  }),
  interval: field.duration({
    default: "12h",
    min: "10s",
    max: "720h",
    about: "How often everything is looked at.",
    shareable: true,
  }),
  scan_at: field.text({
    default: "",
    pattern: /^(|([01]\d|2[0-3]):[0-5]\d)$/,
    error: "must be a time of day, such as 03:30, or empty",
    about: "The time of day at which everything is looked at, in place of the interval.",
    shareable: true,
  }),
  scan_on_start: field.toggle({
    default: true,
    about: "Whether everything is looked at when the agent starts, too.",
    shareable: true,
  }),
  scan_spread: field.duration({
    default: "30s",
    min: "0s",
    max: "24h",
    about:
      "The first look after a start waits for a part of this, another one on each machine, so that " +
      "machines that start together do not look together.",
    shareable: true,
  }),
  realtime: field.choice(REALTIME, {
    default: "auto",
    about:
      "How changes are seen as they happen. auto takes fanotify, which knows who made them (root, " +
      "Linux 5.9), else inotify, else what the runtime has, which is a hint only.",
  }),
  who: field.toggle({
    default: true,
    about: "Whether it is told which process and user made a change, where fanotify says so.",
    shareable: true,
    neverLess: true,
  }),
  rehash_interval: field.duration({
    default: "168h",
    min: "1m",
    max: "8760h",
    about:
      "In this time each file is read once although nothing says that it changed, each at another " +
      "scan.",
    shareable: true,
  }),
  max_files: field.count({
    default: 1_000_000,
    min: 1,
    max: 100_000_000,
    about: "Most files and folders; what is beyond is counted, and not shown.",
  }),
  max_file_size: field.size({
    default: "1GiB",
    min: "1KiB",
    max: "1TiB",
    about: "Larger files are watched without digests.",
    shareable: true,
    neverLess: true,
  }),
  max_cpu: field.count({
    default: 50,
    min: 1,
    max: 100,
    about: "Part of one processor that a scan takes at most, in percent.",
    shareable: true,
  }),
  network_filesystems: field.toggle({
    default: false,
    about: "Whether file systems of other machines (NFS, SMB …) are looked at.",
  }),
};

/** The options once loaded. */
export type FimOptions = z.output<z.ZodObject<typeof FIM_OPTIONS>>;

function directory() {
  const path = () => absolutePath().meta({ kind: "path", description: "The folder, or a file." });
  const map = z.strictObject({
    path: path(),
    recursion_level: z.int({ error: LEVEL_ERROR }).min(0, { error: LEVEL_ERROR })
      .max(2_000, { error: LEVEL_ERROR }).default(256)
      .meta({ description: "Folders below it that are looked into; 0 for its own entries only." }),
    realtime: z.boolean().default(true)
      .meta({ description: "Whether changes are seen as they happen." }),
    hashes: z.array(z.enum(HASHES, { error: `must be one of ${HASHES.join(", ")}` })).max(3)
      .default(["sha256"])
      .meta({ description: "Digests of each file; all three cost three times one." }),
    restrict: glob().optional()
      .meta({ description: "Only files that this glob matches, such as *.conf." }),
    exclude: z.array(glob()).max(1_000).default([])
      .meta({ description: "Globs of what is left out here." }),
    follow_symlinks: z.boolean().default(false)
      .meta({ description: "Whether a link counts as what it leads to." }),
    diff: z.boolean().default(false)
      .meta({ description: "Whether changes of text that everybody may read are told by line." }),
    tags: z.array(tag(), { error: "must be a list of words" })
      .max(50, { error: "must be a list of at most 50 words" }).default([])
      .meta({ description: "Words that events of it carry." }),
  });
  const error = "must be a path, such as /etc, or a map with path";
  return z.union([path(), map], { error });
}

function tag() {
  const error = "must be a word of 1 to 200 characters";
  return z.string({ error }).min(1, { error }).max(200, { error });
}

function absolutePath() {
  return field.pathText("must be a path, such as /etc")
    .refine((path) => !path.split("/").includes("**"), {
      error: "must be a folder without **: it is watched with all that is in it",
    });
}

function glob() {
  return z.string({ error: "must be a glob" }).min(1).max(1_000)
    .refine((text) => !/\p{Cc}/u.test(text), {
      error: "must be a glob without control characters",
    });
}
