/**
 * Text as roff: the language of manual pages, with the macros of man(7).
 *
 * @module
 */

/** `text` with nothing in it that roff would take for its own. */
export function plain(text: string): string {
  return text.replaceAll("\\", "\\e").replaceAll("-", "\\-").replaceAll("'", "\\(aq")
    .replaceAll("^", "\\(ha").replaceAll("~", "\\(ti").replaceAll("`", "\\(ga")
    .replace(/^\./gm, "\\&.")
    .replaceAll(/[^\p{ASCII}]/gu, (sign) => `\\[u${hexOf(sign)}]`);
}

/** In bold. */
export function bold(text: string): string {
  return `\\fB${plain(text)}\\fR`;
}

/** In italics, or underlined: what stands for a value. */
export function italic(text: string): string {
  return `\\fI${plain(text)}\\fR`;
}

/** A heading, with what is under it. */
export function section(title: string, ...body: string[]): string {
  return [`.SH ${quoted(title.toUpperCase())}`, ...body].join("\n");
}

/** A heading of the second rank. */
export function subsection(title: string, ...body: string[]): string {
  return [`.SS ${quoted(title)}`, ...body].join("\n");
}

/** A term, and what it means, further in. `term` is roff already. */
export function entry(term: string, meaning: string): string {
  return `.TP\n${term}\n${plain(meaning)}`;
}

/** Text as helps are written: paragraphs, and indented lines that stay as they are. */
export function prose(text: string): string {
  return text.replace(/^\n+|\s+$/g, "").split(/\n{2,}/).map(paragraph).join("\n");
}

/** An argument of a macro. */
export function quoted(text: string): string {
  return `"${plain(text).replaceAll('"', '""')}"`;
}

function hexOf(sign: string): string {
  return sign.codePointAt(0)?.toString(16).toUpperCase().padStart(4, "0") ?? "";
}

function paragraph(text: string): string {
  const lines: string[] = [".PP"];
  let indented = false;
  for (const line of text.split("\n")) {
    const isCode = /^ {2}/.test(line);
    if (isCode && !indented) lines.push(".RS 4", ".nf");
    if (!isCode && indented) lines.push(".fi", ".RE");
    indented = isCode;
    lines.push(plain(isCode ? line.slice(2) : line));
  }
  if (indented) lines.push(".fi", ".RE");
  return lines.join("\n");
}
