/**
 * Files of the project shown in a page: behind `<!-- file: PATH -->` stands the file as a block of code.
 *
 * @module
 */

const EMBEDDED = /^<!-- file: (\S+) -->\n\n```ts\n[^]*?^```$/gm;

/** `page` with every file in it as `read` gives it. */
export function withEmbeddedFiles(page: string, read: (path: string) => string): string {
  return page.replace(
    EMBEDDED,
    (_block, path: string) => `<!-- file: ${path} -->\n\n\`\`\`ts\n${read(path).trimEnd()}\n\`\`\``,
  );
}
