/**
 * The body of a command request.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import * as z from "zod";
import { InvalidRequest } from "../invalid_request.ts";

const MAX_TIMEOUT_S = 30 * 86_400;
const MAX_ARGS_BYTES = 64 * 1_024;

const SOURCES = ["Users/Services", "Engine", "Content manager"] as const;
const TARGETS = ["agent", "group", "server"] as const;

const TEXT = z.string("is not a text").min(1, "is empty").max(256, "is longer than 256 characters")
  .regex(/^\P{Cc}*$/u, "has control characters");

const COMMAND = z.object({
  source: z.enum(SOURCES, `is not one of ${SOURCES.join(", ")}`),
  user: TEXT,
  target: z.object({
    type: z.enum(TARGETS, `is not one of ${TARGETS.join(", ")}`),
    id: TEXT,
  }, "is not an object"),
  action: z.object({
    name: TEXT,
    args: z.union([z.record(z.string(), z.unknown()), z.array(z.unknown())], {
      error: "is not an object or a list",
    }).refine(isSmall, `is larger than ${MAX_ARGS_BYTES} bytes`),
    version: TEXT,
  }, "is not an object"),
  timeout: z.int(`is not a whole number of seconds`).min(1, "is less than 1 second")
    .max(MAX_TIMEOUT_S, `is more than ${MAX_TIMEOUT_S} seconds`),
}, "is not an object");

type RequestedCommand = z.infer<typeof COMMAND>;

/** Agents one by one, as parts of the manager name them; `id` is what the list is called. */
interface AgentList {
  type: "agents";
  id: string;
  agents: readonly string[];
}

/** One command of a request, with its members as they should be. */
export interface NewCommand extends Omit<RequestedCommand, "target"> {
  target: RequestedCommand["target"] | AgentList;
}

/**
 * Checks the body of a command request. Members that are not known are left out.
 *
 * @throws InvalidRequest naming the member at fault, such as `commands[2].target.id is required`
 */
export function parseCommands(text: string): NewCommand[] {
  if (text.trim() === "") throw new InvalidRequest("Body content is required");
  const commands = commandsIn(text);
  return commands.map((command, index) => {
    const { data, error } = COMMAND.safeParse(command);
    if (data !== undefined) return data;
    const [issue] = error.issues;
    const path = issue?.path.map(String) ?? [];
    const member = [`commands[${index}]`, ...path].join(".");
    const problem = isMissing(command, path) ? "is required" : issue?.message;
    throw new InvalidRequest(`${member} ${problem}`);
  });
}

function commandsIn(text: string): unknown[] {
  const body = parseJson(text);
  const commands = isObject(body) ? body.commands : undefined;
  if (commands === undefined || commands === null) {
    throw new InvalidRequest("No commands provided.");
  }
  if (!Array.isArray(commands)) throw new InvalidRequest("commands is not a list");
  if (commands.length === 0) throw new InvalidRequest("No commands provided.");
  return commands;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new InvalidRequest("Body is not valid JSON");
  }
}

/** A member that is `null` counts as missing. */
function isMissing(command: unknown, path: readonly string[]): boolean {
  let value = command;
  for (const name of path) value = isObject(value) ? value[name] : undefined;
  return value === undefined || value === null;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function isSmall(args: unknown): boolean {
  return Buffer.byteLength(JSON.stringify(args)) <= MAX_ARGS_BYTES;
}
