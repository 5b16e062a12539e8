/** `text` as one line of at most `maxLength` characters, fit for a log or an error message. */
export function oneLine(text: string, maxLength = 200): string {
  // Cut before the pattern runs, so that a huge answer costs no more than a short one.
  const start = text.slice(0, maxLength * 4);
  const line = start.replace(/[\s\p{Cc}\p{Zl}\p{Zp}]+/gu, " ").trim();
  const tooLong = line.length > maxLength || start.length < text.length;
  return tooLong ? `${line.slice(0, maxLength - 1)}…` : line;
}
