/**
 * Documents as a table: a column for each member that any of them has.
 *
 * @module
 */

import { tableText } from "../table.ts";

/** Wider cells are cut: descriptions and command lines. */
const MAX_CELL = 48;
const NOTHING = "-";

type Document = Readonly<Record<string, unknown>>;

/** The table; its headings are dotted paths without what all of them begin with. */
export function inventoryText(documents: readonly Document[]): string {
  if (documents.length === 0) return "Nothing was found.\n";
  const rows = documents.map((document) => new Map(cellsOf(document, "")));
  const columns = [...new Set(rows.flatMap((row) => [...row.keys()]))];
  const headings = columns.map((path) => path.toUpperCase());
  return tableText([
    headings,
    ...rows.map((row) => columns.map((path) => cut(row.get(path) ?? NOTHING))),
  ]);
}

/** What is not known is left out, so that no column is empty. */
function cellsOf(value: Document, prefix: string): [path: string, text: string][] {
  return Object.entries(value).flatMap(([name, member]): [string, string][] => {
    const path = prefix === "" ? name : `${prefix}.${name}`;
    if (member === null || member === undefined) return [];
    if (Array.isArray(member)) return [[path, member.join(",")]];
    if (typeof member === "object") return cellsOf(member as Document, path);
    return [[path, String(member)]];
  });
}

function cut(text: string): string {
  const characters = [...text];
  return characters.length <= MAX_CELL ? text : `${characters.slice(0, MAX_CELL - 1).join("")}…`;
}
