/**
 * The events that tell of responses.
 *
 * @module
 */

import { encodeStateless } from "../../shared/protocol/event_encoder.ts";
import { responseTitle, type Subject } from "./response_order.ts";

/** What happened to a response. */
export interface ResponseNews {
  action: "response-enabled" | "response-reverted" | "response-failed";
  name: string;
  /** `undefined` when it is not known any more. */
  subject: Subject | undefined;
  /** What is so now and why, behind what it is about. */
  reason: string;
  exitCode?: number | null | undefined;
  atMs: number;
}

/** A stateless event. */
export function encodeResponseNews(
  { action, name, subject = {}, reason, exitCode = null, atMs }: ResponseNews,
): string {
  const { source, user } = subject;
  return encodeStateless({ module: "active_response" }, {
    event: {
      action,
      category: ["intrusion_detection"],
      created: new Date(atMs).toISOString(),
      reason: `${responseTitle({ name, ...subject })}: ${reason}`,
    },
    ...(source !== undefined && { source }),
    ...(user !== undefined && { user }),
    process: { name, ...(exitCode !== null && { exit_code: exitCode }) },
  });
}
