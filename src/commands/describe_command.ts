/**
 * What a log line says of a command, in whichever form the server sends it.
 *
 * @module
 */

import { z } from "zod";

const current = z.looseObject({
  document_id: z.string(),
  action: z.looseObject({ name: z.string() }),
});
const legacy = z.looseObject({ id: z.string(), type: z.string() });

/** Id and action of a command; `undefined` for what is no command at all. */
export function describeCommand(command: unknown): { id: string; action: string } | undefined {
  const now = current.safeParse(command);
  if (now.success) return { id: now.data.document_id, action: now.data.action.name };
  const before = legacy.safeParse(command);
  if (before.success) return { id: before.data.id, action: before.data.type };
  return undefined;
}
