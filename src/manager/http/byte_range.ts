/**
 * Parts of a file: `Range` and `If-Range` of RFC 9110, sections 13.1.5 and 14.
 *
 * One range at a time: of several, or of what is no range, the whole file is the answer, as the RFC allows. So nobody can ask for
 * the same bytes a thousand times in one request.
 *
 * @module
 */

/** Which bytes an answer brings. `end` is the first that it does not bring. */
export type ByteRange =
  | { kind: "whole" | "part"; start: number; end: number }
  | { kind: "unsatisfiable" };

const ONE_RANGE = /^bytes=\s*(\d{0,15})-(\d{0,15})\s*$/i;

/** What of a representation of `size` bytes with the strong entity tag `etag` is asked for. */
export function requestedRange(
  headers: Headers,
  { size, etag }: { size: number; etag: string },
): ByteRange {
  const whole = { kind: "whole", start: 0, end: size } as const;
  const condition = headers.get("If-Range");
  // A date counts as another version: it cannot tell two files of one second apart.
  if (condition !== null && condition.trim() !== etag) return whole;
  const [, first, last] = ONE_RANGE.exec(headers.get("Range") ?? "") ?? [];
  if (first === undefined || last === undefined || first + last === "") return whole;
  return first === "" ? suffix(Number(last), size) : from(Number(first), last, size);
}

function suffix(length: number, size: number): ByteRange {
  if (length === 0 || size === 0) return { kind: "unsatisfiable" };
  return { kind: "part", start: Math.max(0, size - length), end: size };
}

function from(start: number, last: string, size: number): ByteRange {
  const end = last === "" ? size : Math.min(size, Number(last) + 1);
  // Such as bytes=5-2: no range at all.
  if (last !== "" && Number(last) < start) return { kind: "whole", start: 0, end: size };
  return start < size ? { kind: "part", start, end } : { kind: "unsatisfiable" };
}
