import * as z from "zod";
import { AgentError } from "../../shared/errors.ts";
import type { EventSpan } from "../../shared/protocol/stored_events.ts";
import { describeIssues } from "../../shared/text.ts";

/** Longest wait of one request, in milliseconds; who asks for more gets this. */
const MAX_WAIT_MS = 60_000;

const NUMBER = z.string().regex(/^\d+$/, "expected a whole number").transform(Number)
  .pipe(z.int({ error: "expected a smaller number" }));

const SPAN_REQUEST = z.object({
  stream: z.enum(["stateless", "stateful"]),
  first: NUMBER.refine((first) => first >= 1, "expected 1 or more"),
  last: NUMBER,
  wait_ms: NUMBER.default(0),
}).refine(({ first, last }) => last >= first, {
  path: ["last"],
  message: "expected the first number or a later one",
});

/**
 * What `GET /v1/events/:stream/:first/:last?wait_ms=` asks for, out of its path and query together.
 *
 * @throws {AgentError} `usage`, naming the parameter that is wrong
 */
export function parseSpanRequest(
  parameters: Record<string, string>,
): { span: EventSpan; waitMs: number } {
  const { data, error } = SPAN_REQUEST.safeParse(parameters);
  if (error) {
    throw new AgentError("usage", `Cannot tell what became of events: ${describeIssues(error)}`, {
      hint: "GET /v1/events/stateless/1/10?wait_ms=1000",
    });
  }
  const { stream, first, last, wait_ms } = data;
  return {
    span: { stream, first_event: first, last_event: last },
    waitMs: Math.min(wait_ms, MAX_WAIT_MS),
  };
}
