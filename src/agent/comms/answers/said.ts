/**
 * Reads out why a server refused, from the forms in which servers of this family and the frameworks below them say so.
 *
 * @module
 */

/** So many entries of a list are read out; the first is mostly the one that counts. */
const MAX_ENTRIES = 3;

/** Whether `value` is an object whose members can be asked for. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

/** `value` as a number, `NaN` when it is none: `Number()` throws for an object whose `toString` a server made something else. */
export function numberIn(value: unknown): number {
  return typeof value === "object" ? NaN : Number(value);
}

/**
 * The reason that an error body gives; `undefined` when it gives none in a known form:
 *
 *     {"message": "…"}    {"error": {"message": "…"}}    {"error": {"type": "…", "reason": "…"}}
 *     {"title": "…", "detail": "…"}                      RFC 9457
 *     {"detail": [{"loc": ["body", "host"], "msg": "…"}]}
 */
export function reasonIn(body: unknown): string | undefined {
  if (typeof body === "string") return body;
  if (Array.isArray(body)) return listText(body);
  if (!isObject(body)) return undefined;
  const { message, title, detail, details, error, errors, reason, msg } = body;
  // RFC 9457 has the kind in the title and this occasion in the detail: together they make sense.
  const whole = [textOf(title), textOf(message) ?? textOf(detail) ?? listText(detail)]
    .filter((part) => part !== undefined);
  if (whole.length > 0) return [...new Set(whole)].join(": ");
  const nested = isObject(error) ? reasonIn(error) : textOf(error);
  return nested ?? textOf(reason) ?? textOf(msg) ?? listText(errors) ?? listText(details);
}

/** The title of an HTML page. */
export function pageTitle(html: string): string | undefined {
  const found = /<title[^>]*>([^<]+)<|<h1[^>]*>([^<]+)</i.exec(html);
  const title = (found?.[1] ?? found?.[2])?.trim();
  return title === "" ? undefined : title;
}

function listText(value: unknown): string | undefined {
  if (!Array.isArray(value)) return undefined;
  const texts = value.flatMap((entry) => entryText(entry) ?? []);
  if (texts.length === 0) return undefined;
  const more = texts.length - MAX_ENTRIES;
  return texts.slice(0, MAX_ENTRIES).join("; ") + (more > 0 ? `; and ${more} more` : "");
}

function entryText(entry: unknown): string | undefined {
  const said = reasonIn(entry);
  if (said === undefined || !isObject(entry) || !Array.isArray(entry.loc)) return said;
  return `${entry.loc.filter((step) => typeof step !== "object").join(".")}: ${said}`;
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value.trim() !== "" ? value : undefined;
}
