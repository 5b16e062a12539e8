/**
 * The body of a registration.
 *
 * @module
 */

import { MAX, NIL, validate } from "uuid";
import * as z from "zod";
import { GROUP_NAME, GROUP_NAME_RULE, MAX_GROUPS } from "../../shared/protocol/groups.ts";
import { ApiError } from "../http/api_error.ts";

/** SQLite ends a text at NUL, and half a surrogate pair is no Unicode text that could be signed. */
const LINE = z.string()
  .regex(/^[^\p{Cc}\p{Cs}]*$/u, "control characters or half a surrogate pair in it");
const TEXT = LINE.min(1).max(256);

/** The name of a group, which is the name of a file too. */
export const groupName = z.string().regex(GROUP_NAME, `not ${GROUP_NAME_RULE}`);

/** The groups of an agent, by the rule that its own `set-group` has; one that is named twice counts once. */
const GROUPS = z.array(groupName).max(MAX_GROUPS);

/** What this agent was registered as before, and the key that proves it. */
const REPLACED = z.object({
  id: z.string().toLowerCase().refine(isAgentId, "not a UUID (RFC 9562) that names something"),
  key: z.string().min(1).max(256),
});

/** Agents of the family leave out what they do not know, or say `null`. */
function optional<Value extends z.ZodType>(schema: Value) {
  return schema.nullish().transform((value) => value ?? undefined);
}

const HOST = z.object({
  architecture: optional(TEXT),
  hostname: optional(TEXT),
  ip: optional(z.array(LINE)),
  os: optional(
    z.object({ name: optional(TEXT), type: optional(TEXT), version: optional(z.string()) }),
  ),
});

const REGISTRATION = z.object({
  id: z.string().toLowerCase().refine(isAgentId, "not a UUID (RFC 9562) that names something"),
  name: TEXT,
  key: z.string().regex(/^[A-Za-z0-9]{32}$/, "not 32 characters of A-Z, a-z and 0-9"),
  type: z.string().regex(/^endpoint$/i, "not Endpoint"),
  version: TEXT,
  host: optional(HOST),
  groups: optional(GROUPS),
  replaces: REPLACED.optional(),
});

/** A registration with its members as they should be: the id in lower case, which is how ids are compared everywhere. */
export type Registration = z.infer<typeof REGISTRATION>;

/**
 * Checks the body of `POST /agents`. Members that are not known are left out.
 *
 * @throws ApiError 400 naming the member at fault, never its value: it may be the key
 */
export function parseRegistration(body: unknown): Registration {
  return parseBody(REGISTRATION, body);
}

/**
 * Checks a body by its schema.
 *
 * @throws ApiError 400 naming the member at fault, never its value
 */
export function parseBody<Value>(schema: z.ZodType<Value>, body: unknown): Value {
  const { data, error } = schema.safeParse(body);
  if (data !== undefined) return data;
  const issue = error?.issues[0];
  const member = issue?.path.join(".") || "body";
  throw new ApiError(400, `Invalid "${member}": ${issue?.message ?? "not as expected"}`);
}

/** Of any version; but the UUIDs of zeros and of ones only stand in for one, so two agents would share them. */
function isAgentId(id: string): boolean {
  return validate(id) && id !== NIL && id !== MAX;
}
