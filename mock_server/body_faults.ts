/**
 * Bodies of answers that break off, or are not what was stored.
 *
 * @module
 */

/** The answer, whose body ends with an error after `at` bytes; by default in its middle. */
export function cutBody(answer: Response, at = middleOf(answer)): Response {
  let left = at;
  return withBody(answer, (bytes, controller) => {
    const part = bytes.subarray(0, left);
    left -= part.length;
    if (part.length > 0) controller.enqueue(part);
    if (part.length < bytes.length || left === 0) controller.error(new Error("Injected cut"));
  });
}

/** The answer with one byte changed: the one at `at`, by default in its middle. */
export function spoiltBody(answer: Response, at = middleOf(answer)): Response {
  let position = 0;
  return withBody(answer, (bytes, controller) => {
    const index = at - position;
    position += bytes.length;
    controller.enqueue(bytes.map((byte, here) => here === index ? byte ^ 0xff : byte));
  });
}

/** The request as one who wants everything from the beginning. */
export function withoutRange(request: Request): Request {
  const headers = new Headers(request.headers);
  for (const name of ["Range", "If-Range"]) headers.delete(name);
  return new Request(request, { headers });
}

function middleOf({ headers }: Response): number {
  return Math.floor(Number(headers.get("Content-Length") ?? 0) / 2);
}

function withBody(
  answer: Response,
  transform: Transformer<Uint8Array, Uint8Array>["transform"] & object,
): Response {
  const body = answer.body?.pipeThrough(new TransformStream({ transform })) ?? null;
  return new Response(body, answer);
}
