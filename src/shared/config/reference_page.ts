/**
 * The options of a program as a page of Markdown: a table for each section.
 *
 * @module
 */

import { defaultOf } from "./defaults.ts";
import type { Option } from "./options.ts";

/** Columns beside the option, its default and what it is for. */
interface ReferenceColumn {
  title: string;
  /** Text of one cell. */
  of(option: Option): string;
}

/** The tables, each under a heading with the section's path. */
export function referenceTables(
  options: Iterable<Option>,
  columns: readonly ReferenceColumn[] = [],
): string {
  const sections = Map.groupBy(options, ({ path }) => path.slice(0, path.lastIndexOf(".")));
  return [...sections].map(([section, members]) => {
    const titles = ["Option", "Default", ...columns.map(({ title }) => title), "What it is for"];
    const rows = members.map((option) => [
      code(option.path.slice(section.length + 1)),
      defaultText(option),
      ...columns.map((column) => column.of(option)),
      option.description,
    ]);
    return `## \`${section}\`\n\n${table([titles, ...rows])}`;
  }).join("\n\n");
}

/** Text as code, with what would end a cell written as an entity. */
export function code(text: string): string {
  return `\`${text.replaceAll("|", "\\|")}\``;
}

function defaultText({ schema }: Option): string {
  const preset = defaultOf(schema);
  if (preset === undefined) return "none";
  return code(Array.isArray(preset) ? JSON.stringify(preset) : String(preset));
}

/** Columns are padded, as the formatter of this project wants them. */
function table(rows: readonly (readonly string[])[]): string {
  const escaped = rows.map((row) => row.map((cell) => cell.replaceAll("\n", " ")));
  const widths =
    escaped[0]?.map((_, column) => Math.max(...escaped.map((row) => row[column]?.length ?? 0))) ??
      [];
  const [head = "", ...body] = escaped.map((row) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`
  );
  return [head, `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`, ...body].join("\n");
}
