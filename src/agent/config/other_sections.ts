/**
 * The options of the log, of commands and of what they, and modules, may run.
 *
 * @module
 */

import * as z from "zod";
import { parseNetwork } from "../../shared/networks.ts";
import * as field from "../../shared/config/fields.ts";

/** The section `log`. */
export function logOptions() {
  return {
    level: field.choice(["debug", "info", "warning", "error"], {
      aliases: { warn: "warning" },
      default: "info",
      live: true,
      shareable: true,
      about: "Least important level that is written; debug writes most, error least.",
    }),
    format: field.choice(["auto", "text", "json"], {
      default: "auto",
      shareable: true,
      about: "auto writes text at a terminal and JSON lines otherwise.",
    }),
    file: field.optionalPath({
      about:
        "File that the log is also written to (mode 0600), for systems without a journal; its " +
        "folder must be there and writable. Left out, the log goes to standard error alone.",
    }),
    max_size: field.size({
      default: "10MiB",
      min: "64KiB",
      max: "1GiB",
      about: "The file is put aside, as file.1, before it would be larger than this.",
    }),
    keep: field.count({
      default: 5,
      min: 0,
      max: 100,
      about: "So many files are kept beside it; older ones are deleted.",
    }),
  };
}

/** The section `commands`. */
export function commandsOptions() {
  return {
    default_timeout: field.duration({
      default: "60s",
      min: "1s",
      max: "24h",
      about: "Time limit of a command that comes without one.",
    }),
    max_timeout: field.duration({
      default: "1h",
      min: "1s",
      max: "24h",
      about: "Longest time limit of a command, whatever the server asks for.",
    }),
    journal_retention: field.duration({
      default: "168h",
      min: "1h",
      max: "8760h",
      neverLess: true,
      about:
        "How long a finished command is remembered. One that comes again within this time is " +
        "not run again, its stored result is sent again.",
    }),
    require_signature: field.toggle({
      default: false,
      shareable: false,
      about: "Whether orders and the files of groups count only when they are signed with one of " +
        "trusted_keys.",
    }),
    trusted_keys: field.optionalPath({
      shareable: false,
      about: "File of public Ed25519 keys (PEM), or a folder of such files (.pem, .pub), which " +
        "only the agent's user and root may be able to write. Read whenever one is needed.",
    }),
  };
}

/** The section `active_response`. */
export function activeResponseOptions() {
  return {
    enabled: field.toggle({
      default: false,
      live: true,
      about:
        "Whether the server may enable responses and run the scripts in the folder active-response/bin of " +
        "agent.path.data. Folder and files must belong to the agent's user or root, and nobody " +
        "else may be able to write them.",
    }),
    allow: field.list(network(), {
      default: ["127.0.0.0/8", "::1"],
      error: NETWORKS,
      most: 1_000,
      live: true,
      shareable: false,
      about: "Addresses and networks that no response is enabled against, whatever the server " +
        "says. The addresses of the server, of a proxy and of this machine are always among them.",
    }),
    max_duration: field.duration({
      default: "7d",
      min: "1s",
      max: "366d",
      live: true,
      shareable: false,
      about: "Longest time for which a response may be enabled; an order for longer is refused.",
    }),
    scripts: field.choice(["local", "signed"], {
      default: "local",
      live: true,
      shareable: false,
      about: "Which scripts may be run: local ones of active-response/bin, or those that the " +
        "server brings and the keys of upgrade.trusted_keys signed.",
    }),
  };
}

const NETWORKS = "must be a list of addresses and networks, such as [10.0.0.0/8, 2001:db8::1]";

function network() {
  const error = "must be an address, or a network such as 10.0.0.0/8";
  return z.string({ error: NETWORKS }).max(100, { error })
    .refine((text) => parseNetwork(text) !== undefined, { error });
}

/** The section `modules`: what holds for each of them. */
export function modulesOptions() {
  return {
    max_cpu: field.count({
      default: 25,
      min: 1,
      max: 100,
      about: "Percent of one core that a process which a module starts may use, as a mean over a " +
        "minute: beyond it the process is stopped and let go on.",
    }),
    max_memory: field.size({
      default: "256MiB",
      min: "32MiB",
      max: "64GiB",
      about: "Memory that a process which a module starts may use: beyond it the process is " +
        "killed, and what it was at is not complete.",
    }),
  };
}
