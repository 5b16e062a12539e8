/**
 * What an order of active response asks for, and the key by which its response is known until it ends.
 *
 * @module
 */

import { createHash } from "node:crypto";
import canonicalize from "canonicalize";
import * as z from "zod";
import { canonicalIp } from "../../shared/networks.ts";
import { byteLength } from "../../shared/text.ts";

const MAX_INPUT_BYTES = 64 * 1024;
const MAX_DURATION_S = 366 * 86_400;

const NAME = "must be the name of a response: 1 to 128 letters, digits and ._- without a dot in " +
  "front";
const COMMAND = "must be enable or disable";
const DURATION = `must be whole seconds from 1 to ${MAX_DURATION_S}`;
const ADDRESS = "must be one IPv4 or IPv6 address, without a network or a zone, such as 192.0.2.7";
const USER = "must be the name of a user: 1 to 256 characters, without controls, spaces at its " +
  "ends, / or : and without a - in front";
const INPUT = "must be a JSON object whose members are not wazuh, command, source or user";

/** Members that are made here: input must not speak in their place. */
const OWN_MEMBERS = ["wazuh", "command", "source", "user"];

const ip = z.string({ error: ADDRESS }).max(100, { error: ADDRESS }).transform((text, context) => {
  const address = canonicalIp(text);
  if (address !== undefined) return address;
  context.addIssue({ code: "custom", message: ADDRESS });
  return z.NEVER;
});

const user = z.string({ error: USER }).regex(/^(?![-\s])[^\p{C}\p{Zl}\p{Zp}/:]{1,256}(?<!\s)$/u, {
  error: USER,
});

const input = z.record(z.string(), z.json(), { error: INPUT })
  .refine((given) => OWN_MEMBERS.every((name) => !Object.hasOwn(given, name)), { error: INPUT })
  .refine((given) => byteLength(JSON.stringify(given)) <= MAX_INPUT_BYTES, {
    error: `must be JSON of at most ${MAX_INPUT_BYTES} bytes`,
  });

/** The arguments of the action `active-response`. */
export const responseArgs = z.strictObject({
  name: z.string({ error: NAME }).regex(/^(?!\.)[A-Za-z0-9._-]{1,128}$/, { error: NAME }),
  command: z.enum(["enable", "disable"], { error: COMMAND }),
  duration_s: z.int({ error: DURATION }).min(1, { error: DURATION })
    .max(MAX_DURATION_S, { error: DURATION }).optional(),
  source: z.strictObject({ ip }).optional(),
  user: z.strictObject({ name: user }).optional(),
  input: input.optional(),
}).superRefine(({ command, duration_s }, context) => {
  if (command === "enable" || duration_s === undefined) return;
  const message = "must be left out where command is disable";
  context.addIssue({ code: "custom", path: ["duration_s"], message });
});

/** Arguments that were checked; the address is written in the one way of `canonicalIp()`. */
export type ResponseArgs = z.output<typeof responseArgs>;

/** Whom or what a response is against. */
export type Subject = Pick<ResponseArgs, "source" | "user" | "input">;

/**
 * The key of a response: its name, and the SHA-1 of the canonical form (RFC 8785) of `source` and `user`; of `input` where
 * neither is given, or every response without them would be the same one.
 */
export function responseKey({ name, source, user, input }: { name: string } & Subject): string {
  const about = source === undefined && user === undefined ? { input } : { source, user };
  const text = canonicalize(JSON.parse(JSON.stringify(about))) ?? "";
  return `${name}:${createHash("sha1").update(text).digest("hex")}`;
}

/** Name and subject for a person, such as `block-ip 192.0.2.7`. */
export function responseTitle({ name, source, user }: { name: string } & Subject): string {
  return [name, source?.ip, user?.name].filter((part) => part !== undefined).join(" ");
}
