/**
 * Turns one member of a server's list into a command. Three forms are understood:
 *
 *     {"document_id": "…", "action": {"name": "set-group", "args": {"groups": []}}, "timeout": 100}
 *     {"document_id": "…", "action": {"name": "set-group", "args": []}}
 *     {"id": "1", "type": "restart"}
 *
 * `start_within` (seconds) may stand beside `timeout`: how long its sender waits until it begins, when that is less; and
 * `confirm_start`: whether it wants to be asked before.
 *
 * What `args` must look like is not known here: they are passed on as they came.
 *
 * @module
 */

import * as z from "zod";
import type { Command, CommandOrigin } from "./types.ts";
import { byteLength, describeIssues } from "../../shared/text.ts";

/** Time limits of commands, in milliseconds. */
export interface TimeoutLimits {
  /** For a command that has none, or 0. */
  defaultMs: number;
  /** For a command that asks for more. */
  maxMs: number;
}

/** A member that is no command; with an id somebody waits for its result. */
export interface MalformedCommand {
  document_id?: string;
  action?: string;
  problem: string;
}

/** Larger members are refused: a command is orders, not cargo. */
const MAX_MEMBER_BYTES = 1024 * 1024;

/** A year: what is written down has to be a whole number that can be. */
const MAX_WAIT_MS = 365 * 86_400_000;

/** What is nested deeper cannot be serialised safely. */
const MAX_LEVELS = 64;

/** Stands in logs, tables and events, so it is short and in one line. */
const label = z.string().regex(/^\P{Cc}{1,256}$/u, "expected 1 to 256 characters in one line");

const form = z.object({
  document_id: label,
  action: z.object({ name: label, args: z.unknown().optional() }),
  timeout: z.number().nonnegative().nullish(),
  start_within: z.number().nonnegative().nullish(),
  confirm_start: z.boolean().nullish(),
});

/** Reads one member of the list; what is wrong with it is said, not thrown. */
export function parseCommand(member: unknown, limits: TimeoutLimits): Command | MalformedCommand {
  const command = inCurrentForm(member);
  const problem = sizeProblem(member);
  if (problem !== undefined) return malformed(command, problem);
  const { data, error } = form.safeParse(command);
  if (error) return malformed(command, describeIssues(error));
  const askedMs = Math.ceil((data.timeout ?? 0) * 1000) || limits.defaultMs;
  return {
    document_id: data.document_id,
    action: data.action.name,
    args: data.action.args ?? {},
    timeout_ms: Math.min(askedMs, limits.maxMs),
    start_within_ms: Math.min(
      askedMs,
      Math.floor((data.start_within ?? Infinity) * 1000),
      MAX_WAIT_MS,
    ),
    ...(data.confirm_start === true && { confirm_start: true }),
    ...originOf(member),
  };
}

const originForm = z.looseObject({
  source: label.optional().catch(undefined),
  user: label.optional().catch(undefined),
  signature: z.looseObject({ key_id: label }).optional().catch(undefined),
});

function originOf(member: unknown): { from?: CommandOrigin } {
  const { source, user, signature } = originForm.safeParse(member).data ?? {};
  const from = {
    ...(source !== undefined && { source }),
    ...(user !== undefined && { user }),
    ...(signature !== undefined && { key_id: signature.key_id }),
  };
  return Object.keys(from).length === 0 ? {} : { from };
}

function sizeProblem(member: unknown): string | undefined {
  if (deeperThan(member, MAX_LEVELS)) return `nested deeper than ${MAX_LEVELS} levels`;
  const bytes = byteLength(JSON.stringify(member) ?? "");
  return bytes > MAX_MEMBER_BYTES ? `${bytes} bytes, the limit is ${MAX_MEMBER_BYTES}` : undefined;
}

function deeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  return levels === 0 || Object.values(value).some((child) => deeperThan(child, levels - 1));
}

/** `id` stands for `document_id` and `type` for `action.name` where these are missing. */
function inCurrentForm(member: unknown): unknown {
  const { data } = z.looseObject({}).safeParse(member);
  if (data === undefined) return member;
  const { document_id = data.id, action = legacyAction(data) } = data;
  return { ...data, document_id, action };
}

function legacyAction({ type }: Record<string, unknown>): { name: unknown } | undefined {
  return type === undefined ? undefined : { name: type };
}

function malformed(command: unknown, problem: string): MalformedCommand {
  const id = z.looseObject({ document_id: label }).safeParse(command).data?.document_id;
  const action = z.looseObject({ action: z.looseObject({ name: label }) }).safeParse(command).data
    ?.action.name;
  return {
    problem: `Malformed command: ${problem}`,
    ...(id !== undefined && { document_id: id }),
    ...(action !== undefined && { action }),
  };
}
