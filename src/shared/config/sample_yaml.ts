/**
 * A configuration file with every option of a schema at its default, and what each is for: made of the fields, so that it never
 * says anything else than the program does.
 *
 * @module
 */

import { stringify } from "yaml";
import * as z from "zod";
import { defaultOf } from "./defaults.ts";

const WIDTH = 100;

/** Where in the file a member stands. */
interface Level {
  /** What the paths of its members begin with. */
  prefix: string;
  indent: string;
  notes: ReadonlyMap<string, string>;
}

/**
 * The text of the file; `head` stands above all, each line of it as a comment. Options with a note, by path, are told so, and written
 * without a value: their default is another one on each system.
 */
export function sampleYaml(
  schema: z.ZodObject,
  head: string,
  { notes = new Map() }: { notes?: ReadonlyMap<string, string> } = {},
): string {
  const top = head.split("\n").map((line) => `# ${line}`.trimEnd()).join("\n");
  return `${top}\n\n${membersOf(schema, { prefix: "", indent: "", notes }).join("\n\n")}\n`;
}

function membersOf(schema: z.ZodObject, { prefix, indent, notes }: Level): string[] {
  return Object.entries(schema.shape).flatMap(([key, member]) => {
    if (!(member instanceof z.ZodType)) return [];
    const path = prefix + key;
    const note = notes.get(path);
    const about = comment([member.meta()?.description, note].join(" ").trim(), indent);
    const inner = member instanceof z.ZodPrefault ? member.def.innerType : member;
    if (!(inner instanceof z.ZodObject)) {
      return `${about}${indent}${key}:${note === undefined ? written(member) : ""}`;
    }
    const below = { prefix: `${path}.`, indent: `${indent}  `, notes };
    return `${about}${indent}${key}:\n${membersOf(inner, below).join("\n\n")}`;
  });
}

function comment(text: string, indent: string): string {
  return wrapped(text, WIDTH - indent.length - 2).map((line) => `${indent}# ${line}\n`).join("");
}

/** An option without a default is a key without a value, which is the same as no key. */
function written(schema: z.ZodType): string {
  const preset = defaultOf(schema);
  if (preset === undefined) return "";
  return ` ${flow(preset)}`;
}

/** As the formatter has it: braces with room inside, brackets without. */
function flow(value: unknown): string {
  const areMaps = Array.isArray(value) && value.length > 0 &&
    value.every((item) => typeof item === "object");
  if (areMaps) return `[${value.map(flow).join(", ")}]`;
  const isList = Array.isArray(value);
  const style = { collectionStyle: "flow", flowCollectionPadding: !isList, lineWidth: 0 } as const;
  return stringify(value, style).trimEnd();
}

function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const line = lines.at(-1);
    if (line === undefined || line.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${line} ${word}`;
  }
  return lines;
}
