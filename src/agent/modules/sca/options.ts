/**
 * The section `sca`.
 *
 * @module
 */

import * as z from "zod";
import * as field from "../../../shared/config/fields.ts";
import { MAX_POLICY_BYTES } from "./language/read_policy.ts";

/** Fields of the section. Which files of this machine are policies is for its owner to say, as is whether the server's may run commands. */
export const SCA_OPTIONS = {
  enabled: field.toggle({
    default: false,
    about: "Whether the machine is checked by policies.",
    shareable: true,
  }),
  interval: field.duration({
    default: "12h",
    min: "10s",
    max: "720h",
    about: "How often it is checked.",
    shareable: true,
  }),
  scan_on_start: field.toggle({
    default: true,
    about: "Whether it is checked when the agent starts, too.",
    shareable: true,
  }),
  scan_spread: field.duration({
    default: "30s",
    min: "0s",
    max: "24h",
    about:
      "The first check after a start waits for a part of this, another one on each machine, so that " +
      "machines that start together do not check together.",
    shareable: true,
  }),
  policies: field.list(policyPath(), {
    error: "must be a list of paths or globs, such as [/etc/agent/sca/*.yml]",
    most: 1_000,
    about:
      "Files of policies; * and ? in a path stand for names. Left empty, they are those in the folder sca " +
      "of agent.path.data and in /usr/share/agent/sca whose requirements are met here.",
  }),
  group_policies: field.list(policyText(), {
    error: "must be a list of policies, each as a text",
    most: 100,
    about:
      "Policies of a group, each as a text (YAML, as a block). They count as the server's wherever they " +
      "are written: nothing that they read is told but the result, files that may hold passwords or keys are " +
      "not read, and their commands are not run unless remote_commands says so.",
    shareable: true,
  }),
  disabled: field.list(policyId(), {
    error: "must be a list of ids of policies",
    most: 1_000,
    about: "Ids of policies that are left out.",
  }),
  command_timeout: field.duration({
    default: "20s",
    min: "1s",
    max: "10m",
    about:
      "How long a command of a rule may take; a check that waits for one that takes longer is not run.",
    shareable: true,
  }),
  scan_timeout: field.duration({
    default: "10m",
    min: "10s",
    max: "24h",
    about: "How long all policies together may take; checks that are left then are not run.",
    shareable: true,
  }),
  max_output: field.size({
    default: "1MiB",
    min: "1KiB",
    max: "64MiB",
    about: "Most bytes that a command may print; one that prints more is ended.",
    shareable: true,
  }),
  remote_files: field.list(field.pathText("must be a path or glob, such as /etc/**"), {
    default: ["/etc/**", "/usr/**", "/boot/**"],
    error: "must be a list of paths or globs, such as [/etc/**]",
    most: 100,
    about:
      "Files that group_policies may look at, links resolved, beside what the kernel says of itself in " +
      "/proc. What may hold passwords or keys is never among them.",
  }),
  remote_commands: field.toggle({
    default: false,
    about: "Whether group_policies may run commands, as the agent's user.",
  }),
};

/** The options once loaded. */
export type ScaOptions = z.output<z.ZodObject<typeof SCA_OPTIONS>>;

function policyPath() {
  return field.pathText("must be a path or glob, such as /etc/agent/sca/*.yml")
    .refine((path) => !path.split("/").includes("**"), {
      error: "must be a path or glob without **",
    });
}

function policyText() {
  const error = "must be the text of a policy";
  return z.string({ error }).min(1, { error }).max(MAX_POLICY_BYTES, { error });
}

function policyId() {
  const error = "must be the id of a policy";
  return z.union([z.string({ error }), z.number({ error })], { error })
    .transform((id) => String(id)).pipe(z.string().min(1, { error }).max(200, { error }));
}
