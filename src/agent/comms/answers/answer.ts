import { oneLine } from "../../../shared/text.ts";
import { excessIn } from "./json_size.ts";
import { isObject, numberIn, pageTitle, reasonIn } from "./said.ts";

export { isObject } from "./said.ts";

/** An answer, read to its end or to its bound. */
export interface Answer {
  kind: "answer";
  url: string;
  status: number;
  headers: Headers;
  /** Without the secrets that the request or the answer held: see `Secrets`. */
  bytes: Uint8Array<ArrayBuffer>;
  /** What `ServerRequest.brings` names; it is not in `bytes`. */
  secret?: string | undefined;
  /** True when there was more than `maxBytes`. */
  truncated: boolean;
}

/**
 * What a body is, whatever the status: nothing, JSON, a web page (of a proxy, a portal, another server: never the server's word), or
 * something else.
 */
type BodyForm = "empty" | "json" | "page" | "other";

/** How a page begins, when its content type does not say that it is one. */
const PAGE_START = /^\uFEFF?\s*<(?:!doctype\s+html|html|head|body|!--|\?xml)/i;

/** Tells what the body of an answer is, by its content type and its shape. */
export function bodyForm(answer: Answer): BodyForm {
  const type = answer.headers.get("content-type") ?? "";
  // Nothing can come with these, so that nothing can be told from their type.
  if (answer.status === 204 || answer.status === 205) return "empty";
  if (/\bx?html\b/i.test(type) || PAGE_START.test(textOfAnswer(answer))) return "page";
  if (answer.bytes.length === 0) return "empty";
  return jsonOf(answer) === undefined ? "other" : "json";
}

/** The body of an answer as JSON; `undefined` when it is none, or so much that it is not parsed. */
export function jsonOf({ bytes, truncated }: Answer): unknown {
  if (truncated || bytes.length === 0 || excessIn(bytes) !== undefined) return undefined;
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}

/** A text member of a body, at its top level or under `data`; an empty one counts as none. */
export function textMember(body: unknown, name: string): string | undefined {
  if (!isObject(body)) return undefined;
  const nested = isObject(body.data) ? body.data[name] : undefined;
  return [body[name], nested].find((value): value is string =>
    typeof value === "string" && value !== ""
  );
}

/** What an answer says of itself, in one line: the reason its JSON gives, a page's title, else the start of the body. */
export function messageOfAnswer(answer: Answer): string {
  const target = redirectTarget(answer);
  if (target !== undefined) return oneLine(`redirects to ${target}, which is not followed`);
  if (bodyForm(answer) === "page") return pageText(answer);
  return oneLine(reasonIn(jsonOf(answer)) ?? textOfAnswer(answer));
}

/** One line for logs, such as `503 from https://host:27000/api/v1/commands: indexer is away`. */
export function describeAnswer(answer: Answer): string {
  const message = messageOfAnswer(answer);
  const source = `${answer.status} from ${answer.url}`;
  return message === "" ? source : `${source}: ${message}`;
}

/** The `code` of an error body; `undefined` when it has none that says more than the status does. */
export function codeOf(answer: Answer): number | undefined {
  const body = jsonOf(answer);
  const code = isObject(body) ? numberIn(body.code ?? body.error ?? NaN) : NaN;
  return Number.isInteger(code) && code !== 0 && code !== answer.status ? code : undefined;
}

/** Where an answer sends whoever asked, without what may be a secret in it; `undefined` when it sends nobody anywhere. */
function redirectTarget({ status, headers, url }: Answer): string | undefined {
  const location = headers.get("location");
  if (status < 300 || status > 399 || location === null || !URL.canParse(location, url)) {
    return undefined;
  }
  const { origin, pathname } = new URL(location, url);
  return origin + pathname;
}

/** The start of a body as it came: for looking into, not for showing. */
export function textOfAnswer({ bytes }: Answer): string {
  return new TextDecoder().decode(bytes.subarray(0, 4096));
}

function pageText(answer: Answer): string {
  const title = pageTitle(textOfAnswer(answer));
  const called = title === undefined ? "a web page" : `a web page, "${oneLine(title, 100)}",`;
  return `${called} and no answer of this protocol (a proxy or portal in between?)`;
}
