/**
 * The README as its reader uses it: blocks of commands, and what is shown beside them.
 *
 * @module
 */

/** A block of lines that are set apart, by indentation or a fence. */
export type Block = readonly string[];

/** Every block of `markdown`, without its indentation or fence. */
export function blocksOf(markdown: string): Block[] {
  const blocks: string[][] = [];
  let fenced = false;
  let open = false;
  for (const line of markdown.split("\n")) {
    const isFence = /^\s*```/.test(line);
    if (isFence) fenced = !fenced;
    const text = fenced ? line : /^ {4}(.*)/.exec(line)?.[1];
    if (isFence || text === undefined) open = false;
    if (isFence || text === undefined) continue;
    if (!open) blocks.push([]);
    open = true;
    blocks.at(-1)?.push(text);
  }
  return blocks;
}

/** What a block has to type: lines that end in a backslash go on, and comments at the end are left out. */
export function commandsOf(block: Block): string[] {
  return block.join("\n").replaceAll(/\\\n\s*/g, "").split("\n")
    .map((line) => line.replace(/\s{2,}# .*$/, "").trim())
    .filter((line) => line !== "");
}

/** `text` without what differs from run to run: numbers, names of temporary folders, spaces. */
export function shapeOf(text: string): string {
  return text.replaceAll(/agent-demo-\w+/g, "agent-demo-").replaceAll(/\d+/g, "0")
    .replaceAll(/\s+/g, " ").trim();
}
