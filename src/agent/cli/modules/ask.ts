/**
 * What `agent modules` has the running agent do: `scan`, `pause`, `resume`, `resync`.
 *
 * @module
 */

import { AnySignal } from "../../../shared/any_signal.ts";
import { loadConfig } from "../../config/load.ts";
import { STORED } from "../../config/stored.ts";
import type { ControlClient } from "../../control/control_client.ts";
import { MODULES } from "../../modules/modules.ts";
import { requireModule } from "../../modules/module_runner.ts";
import type { CliIo } from "../cli_io.ts";
import { askRunningAgent } from "../running_agent.ts";
import type { ModulesOptions } from "./options.ts";

/** A scan may take long; nobody waits longer than this for it. */
const SCAN_TIMEOUT_MS = 3_600_000;

/** One line about the answer, or the answer as JSON. */
async function ask<Answer extends object>(
  io: CliIo,
  { name, options }: { name: string; options: ModulesOptions },
  { question, text }: {
    question: (client: ControlClient) => Promise<Answer>;
    text: (answer: Answer) => string;
  },
): Promise<void> {
  requireModule(name, MODULES);
  const { config } = await loadConfig({ file: options.config, env: io.env, ...STORED });
  const answer = await askRunningAgent(config, question);
  io.stdout(
    options.json ? `${JSON.stringify({ schema: 1, ...answer })}\n` : `${text(answer)}\n`,
  );
}

/**
 * Has the running agent scan, and waits until it has unless the options say otherwise.
 *
 * @throws {AgentError} `not_running`, `usage` when there is no such module or collector, `failed` when it cannot scan now
 */
export async function scanModule(
  io: CliIo,
  { name, collector }: { name: string; collector: string | undefined },
  options: ModulesOptions,
): Promise<void> {
  using until = new AnySignal(io.signal, AbortSignal.timeout(SCAN_TIMEOUT_MS));
  const wish = { collector, wait: options.wait ?? true };
  const subject = collector === undefined ? name : `${name}/${collector}`;
  await ask(io, { name, options }, {
    question: (client) => client.scanModule(name, until.signal, wish),
    text: ({ took_ms }) =>
      took_ms === null
        ? `${subject} has begun to scan; see it: agent modules show ${name}`
        : `${subject} has scanned, in ${took_ms} ms`,
  });
}

/**
 * Has a module of the running agent rest, or go on.
 *
 * @throws {AgentError} `not_running`, `usage` when there is no such module, `failed` when it is not to work anyway
 */
export async function restModule(
  io: CliIo,
  { name, word }: { name: string; word: "pause" | "resume" },
  options: ModulesOptions,
): Promise<void> {
  await ask(io, { name, options }, {
    question: (client) => client.restModule(name, word),
    text: ({ paused }) =>
      paused ? `${name} is paused until: agent modules resume ${name}` : `${name} goes on`,
  });
}

/**
 * Has the running agent compare what a module told with what the server has.
 *
 * @throws {AgentError} `not_running`, `usage` when there is no such module, `failed` when it keeps no documents
 */
export async function resyncModule(
  io: CliIo,
  name: string,
  options: ModulesOptions,
): Promise<void> {
  await ask(io, { name, options }, {
    question: (client) => client.moduleDocuments(name, "resync"),
    text: ({ collectors }) =>
      `Compared with the server soon: ${collectors.join(", ") || "nothing was told yet"}`,
  });
}
