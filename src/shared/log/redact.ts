/**
 * The last line of defence for secrets: no module logs them, and if one does by mistake, a token is
 * still not written.
 *
 * @module
 */

const JWT = /\beyJ[\w-]+\.[\w-]+\.[\w-]*/g;
const BEARER = /\bbearer\s+[\w.~+/=-]+/gi;

/** `text` with everything that looks like a token replaced by `[redacted]`. */
export function redact(text: string): string {
  return text.replace(BEARER, "[redacted]").replace(JWT, "[redacted]");
}
