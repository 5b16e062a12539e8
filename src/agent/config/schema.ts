/**
 * Every option of the agent: name, default, unit, range and reason. From this one schema come the
 * type, the JSON Schema, `agent config show` and the checks of a configuration.
 *
 * Durations are milliseconds and sizes bytes once loaded, under the same names:
 * `config.agent.retry_interval` is 1000.
 *
 * @module
 */

import * as z from "zod";
import * as field from "../../shared/config/fields.ts";
import { section } from "../../shared/config/fields.ts";
import type { Platform } from "../../shared/config/platform.ts";
import type { Module, ModuleFields, OptionsOf } from "../modules/module.ts";
import { MODULES, type RegisteredModule } from "../modules/modules.ts";
import { defaultPlaces } from "./places.ts";

/** The sections of the registry's modules. */
type ModuleSections = {
  [M in RegisteredModule as M["name"]]: ReturnType<typeof section<M["options"]>>;
};

/** What the configuration depends on. */
interface SchemaOptions {
  /** Decides the default folders. @default "linux" */
  platform?: Platform;
  /** @default those of the registry */
  modules?: readonly Module[];
}

/** The schema: a section for each part of the agent and for each module. */
export function configSchema({ platform = "linux", modules = MODULES }: SchemaOptions = {}) {
  return z.strictObject({
    agent: section("The agent and its server.", agentOptions(platform)),
    queue: section("The queue on disk between the modules and the server.", queueOptions()),
    events: section(
      "How events are put into batches and sent.",
      eventsOptions(),
      { live: true, shareable: true },
    ),
    log: section("What the agent says about itself on standard error.", logOptions()),
    ...moduleSections(modules),
    commands: section(
      "Commands that the server sends.",
      commandsOptions(),
      { live: true, shareable: true },
    ),
    active_response: section("Scripts that the server may run.", activeResponseOptions()),
  }).meta({
    title: "agent.yaml",
    description: "Configuration of the agent. The agent also takes nested keys written dotted, " +
      "such as path.data.",
  });
}

/** A loaded configuration: durations in milliseconds, sizes in bytes, paths absolute. */
export type AgentConfig = z.output<ReturnType<typeof configSchema>>;

/** The type is that of the registry: whoever hands in other modules reads their sections with {@linkcode moduleOptions}. */
function moduleSections(modules: readonly Module[]): ModuleSections {
  const sections = modules.map(({ name, about, options, platforms }) => {
    const where = platforms === undefined ? "" : ` Works on ${platforms.join(" and ")} only.`;
    return [name, section(about + where, options, { live: true })] as const;
  });
  return Object.fromEntries(sections) as unknown as ModuleSections;
}

/** The options of the module `name` in `config`. */
export function moduleOptions(config: AgentConfig, name: string): OptionsOf<ModuleFields> {
  return (config as unknown as Record<string, OptionsOf<ModuleFields>>)[name] ?? { enabled: false };
}

function agentOptions(platform: Platform) {
  const places = defaultPlaces(platform);
  return {
    server_url: field.serverUrl({
      default: "https://localhost:27000",
      about: "Address of the server's comms API.",
    }),
    login_path: field.text({
      default: "/api/v1/authentication",
      pattern: /^\/[^\s?#]*$/,
      error: "must be a path that starts with a slash, such as /api/v1/authentication",
      about: "Path of the log-in request on the server; some servers call it /login.",
    }),
    verification_mode: field.choice(["full", "certificate", "none"], {
      default: "full",
      about:
        "How the server's certificate is checked: full checks its authority and its host name, " +
        "certificate its authority only, none nothing at all.",
    }),
    ca_cert: field.optionalPath({
      about:
        "File with authorities (PEM) that may sign the server's certificate, besides those of " +
        "the system.",
    }),
    client_cert: field.optionalPath({
      about: "Certificate (PEM) that the agent shows to the server. Needs client_key.",
    }),
    client_key: field.optionalPath({
      about: "Private key (PEM) of client_cert.",
    }),
    path: section("Folders of the agent.", {
      data: field.path({
        default: places.data,
        about: "Folder of the identity and the queue. It must survive a restart of the machine.",
      }),
      run: field.path({
        default: places.run,
        about: "Folder of the local API's socket, agent.sock. Short: a socket's path may have at " +
          "most 103 bytes.",
      }),
    }),
    retry_interval: field.duration({
      default: "1s",
      min: "10ms",
      max: "1h",
      about: "Longest wait before the first repetition of a failed request; it doubles with " +
        "each further failure, and the wait itself is drawn at random below it.",
    }),
    retry_max_interval: field.duration({
      default: "1m",
      min: "10ms",
      max: "24h",
      about:
        "Bound of that doubling: a server that is back is noticed at the latest after this time.",
    }),
    commands_request_timeout: field.duration({
      default: "16m",
      min: "1s",
      max: "24h",
      about: "Time limit of the request that waits for commands. It must be longer than the " +
        "server holds such a request, which is up to 15 minutes.",
    }),
    request_timeout: field.duration({
      default: "30s",
      min: "100ms",
      max: "1h",
      about: "Time limit of every other request: log-in, events, files.",
    }),
    shutdown_notify_timeout: field.duration({
      default: "10s",
      min: "100ms",
      max: "10m",
      about:
        "Time for the last batches and the shutdown messages when the agent stops. A service " +
        "manager must wait at least one second longer.",
    }),
    user_agent_product: field.text({
      default: "Agent",
      pattern: /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/,
      error: "must be letters, digits and !#$%&'*+-.^_`|~ without spaces, such as Agent",
      about: "First word of the User-Agent header, before the version.",
    }),
  };
}

function queueOptions() {
  return {
    max_bytes: field.size({
      default: "1GiB",
      min: "64KiB",
      max: "1TiB",
      live: true,
      shareable: true,
      about:
        "Most bytes of events that wait on disk; the queue is full beyond it. What is read in " +
        "one go, up to half a MiB of a file, is stored whole: a smaller bound is exceeded by that.",
    }),
    max_events: field.count({
      default: 5_000_000,
      min: 1,
      max: 1_000_000_000,
      live: true,
      shareable: true,
      about: "Most events that wait on disk; the queue is full beyond it.",
    }),
    min_free_disk: field.optionalSize({
      min: "1MB",
      max: "1TiB",
      example: "512MB",
      live: true,
      about:
        "Bytes of the disk that stay free: the queue is full before the disk is. Left out, it " +
        "is 5 % of the disk or 512MB, whichever is smaller.",
    }),
    on_full: field.choice(["block", "drop_oldest", "drop_newest"], {
      default: "block",
      live: true,
      about:
        "What a full queue does: block makes the collectors wait and loses nothing; the others " +
        "drop events, and count and report each.",
    }),
    durability: field.choice(["full", "normal"], {
      default: "full",
      about:
        "full has every commit flushed to the disk, so that events survive a power cut; normal " +
        "survives a crash of the agent only, and is faster.",
    }),
    max_dead_letter_bytes: field.size({
      default: "64MiB",
      min: "64KiB",
      max: "1TiB",
      shareable: true,
      about:
        "Most bytes of refused events that are kept; beyond it the oldest are dropped and counted.",
    }),
  };
}

function eventsOptions() {
  return {
    batch_interval: field.duration({
      default: "1s",
      min: "10ms",
      max: "1h",
      about: "Longest time an event waits for others to share its request.",
    }),
    batch_size: field.size({
      default: "1MB",
      min: "1KB",
      max: "64MB",
      about:
        "A batch is sent when it has so many bytes. Larger than the server takes is no harm: the agent " +
        "halves the batch and remembers.",
    }),
    batch_events: field.count({
      default: 1_000,
      min: 1,
      max: 100_000,
      about: "A batch is sent when it has so many events.",
    }),
    max_in_flight: field.count({
      default: 8,
      min: 1,
      max: 32,
      about:
        "Most batches of the stateless stream that are on their way at once; fewer while the " +
        "server is slow to answer or refuses. The stateful stream keeps its order and sends one " +
        "at a time.",
    }),
    compression: field.choice(["none", "gzip", "zstd"], {
      default: "none",
      about:
        "Saves network and costs processor time; zstd saves more than gzip for less. A server that " +
        "does not know it is sent the same events uncompressed from then on.",
    }),
  };
}

function logOptions() {
  return {
    level: field.choice(["debug", "info", "warning", "error"], {
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
  };
}

function commandsOptions() {
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
      about:
        "How long a finished command is remembered. One that comes again within this time is " +
        "not run again, its stored result is sent again.",
    }),
  };
}

function activeResponseOptions() {
  return {
    enabled: field.toggle({
      default: false,
      live: true,
      about: "Whether the server may run the scripts in the folder active-response/bin of " +
        "agent.path.data. Folder and files must belong to the agent's user or root, and nobody " +
        "else may be able to write them.",
    }),
  };
}
