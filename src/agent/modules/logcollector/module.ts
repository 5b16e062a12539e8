/**
 * The module `logcollector`: follows log files.
 *
 * @module
 */

import * as z from "zod";
import * as field from "../../../shared/config/fields.ts";
import { defineModule } from "../module.ts";
import { SOURCE_FIELDS } from "./formats/source_fields.ts";
import { costProblem, MAX_PATTERNS_TOGETHER, patternCount } from "./finding/glob_cost.ts";

/** Follows log files; each line is one event. */
export const logcollector = defineModule({
  name: "logcollector",
  about: "Follows log files; each line becomes one event.",
  options: {
    enabled: field.toggle({
      default: true,
      about: "Whether log files are followed.",
      shareable: true,
    }),
    start_at: field.choice(["end", "beginning"], {
      default: "end",
      about:
        "Where to start in files that exist when the agent runs for the first time. Later files " +
        "are read from their beginning, known ones from where the agent stopped.",
      shareable: true,
    }),
    read_interval: field.duration({
      default: "500ms",
      min: "10ms",
      max: "1h",
      about: "How often followed files are looked at for new lines.",
      shareable: true,
    }),
    reload_interval: field.duration({
      default: "10s",
      min: "10ms",
      max: "24h",
      about: "How often the globs are looked at for new files.",
      shareable: true,
    }),
    partial_line_timeout: field.duration({
      default: "10s",
      min: "0s",
      max: "24h",
      about:
        "How long a file is quiet until its last line is sent although no newline ends it yet, " +
        "marked as unfinished; what follows is then marked as its continuation. 0s to wait for ever.",
      shareable: true,
    }),
    follow_links: field.choice(["owner", "always", "never"], {
      default: "owner",
      about:
        "Which symbolic links are followed: those whose owner also owns the file they lead to " +
        "and those of root, all, or none. Unless all are, a file with several names (hard links) is " +
        "followed only in a folder into which nobody but root and its owner can put names.",
    }),
    localfiles: field.list(localfile(), {
      error: "must be a list such as [{location: /var/log/*.log}]",
      most: 1_000,
      check: (files) => patternsProblem(files),
      about: "Files to follow, at most 1,000 at a time; exclude leaves out some of what location " +
        "matches. For example [{location: /var/log/*.log, exclude: [/var/log/private.log]}]. What " +
        "else can be said of a location, such as its format, is in docs/logs.md.",
      shareable: true,
    }),
  },
  checks: () => [
    { ...LOCATIONS, id: "patterns", run: async (its) => (await checks()).checkPatterns(its) },
    { ...LOCATIONS, id: "globs", run: async (its) => (await checks()).checkGlobs(its) },
    { ...LOCATIONS, id: "matches", run: async (its) => (await checks()).checkMatches(its) },
    { ...LOCATIONS, id: "readable", run: async (its) => (await checks()).checkReadable(its) },
  ],
  async create(options, { sink, clock, whyNotRead, cpu }) {
    const { Logcollector } = await import("./logcollector.ts");
    const { compileSources } = await import("./formats/compile_source.ts");
    return new Logcollector({
      localfiles: options.localfiles,
      startAt: options.start_at,
      readIntervalMs: options.read_interval,
      reloadIntervalMs: options.reload_interval,
      partialIdleMs: options.partial_line_timeout,
      followLinks: options.follow_links,
    }, {
      sink,
      clock,
      cpu,
      sources: await compileSources(options.localfiles),
      whyNotRead: (path) => whyNotRead("logcollector.localfiles", path),
    });
  },
});

const LOCATIONS = { option: "localfiles" } as const;

/** Loaded by whoever checks: the command line knows every module. */
const checks = () => import("./finding/location_checks.ts");

function localfile() {
  const item = "must be a map with location and, optionally, exclude and what else is to be done";
  const patterns = "must be a list of up to 100 paths or globs, such as [/var/log/old.log]";
  const pattern = affordable(field.pathText("must be a path or glob, such as /var/log/old.log"));
  return z.strictObject({
    location: affordable(field.pathText("must be a path or glob, such as /var/log/*.log"))
      .meta({ kind: "path", description: "File to follow, or a glob of files." }),
    exclude: z.array(pattern, { error: patterns }).max(100, { error: patterns }).default([])
      .meta({ description: "Files or globs that location matches and that are left out." }),
    ...SOURCE_FIELDS,
  }, { error: (issue) => issue.code === "unrecognized_keys" ? undefined : item });
}

/** Globs whose text says already that they cost too much are no option's value. */
function affordable(pattern: z.ZodString) {
  return pattern.superRefine((glob, context) => {
    const problem = costProblem(glob);
    if (problem !== undefined) context.addIssue({ code: "custom", message: problem });
  }).meta({ kind: "path" });
}

function patternsProblem(
  files: readonly { location: string; exclude: readonly string[] }[],
): string | undefined {
  const globs = files.flatMap(({ location, exclude }) => [location, ...exclude]);
  const count = globs.reduce((sum, glob) => sum + patternCount(glob), 0);
  // Plain paths are bounded by the length of the lists.
  const made = count - globs.length;
  if (made <= MAX_PATTERNS_TOGETHER) return undefined;
  return `must not stand for more than ${MAX_PATTERNS_TOGETHER} patterns by its braces`;
}
