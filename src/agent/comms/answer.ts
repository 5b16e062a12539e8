import { oneLine } from "../../shared/text.ts";

/** An answer, read to its end or to its bound. */
export interface Answer {
  kind: "answer";
  url: string;
  status: number;
  headers: Headers;
  bytes: Uint8Array<ArrayBuffer>;
  /** True when there was more than `maxBytes`. */
  truncated: boolean;
}

/** The body of an answer as JSON; `undefined` when it is none. */
export function jsonOf({ bytes, truncated }: Answer): unknown {
  if (truncated || bytes.length === 0) return undefined;
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}

/**
 * What an answer says of itself: the `message` of its JSON body, else the start of the body. One
 * line.
 */
export function messageOfAnswer(answer: Answer): string {
  const json = jsonOf(answer);
  if (isObject(json) && typeof json.message === "string") return oneLine(json.message);
  return oneLine(new TextDecoder().decode(answer.bytes.subarray(0, 2048)));
}

/** One line for logs, such as `503 from https://host:27000/api/v1/commands: indexer is away`. */
export function describeAnswer(answer: Answer): string {
  const message = messageOfAnswer(answer);
  const source = `${answer.status} from ${answer.url}`;
  return message === "" ? source : `${source}: ${message}`;
}

/** Whether `value` is an object whose members can be asked for. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
