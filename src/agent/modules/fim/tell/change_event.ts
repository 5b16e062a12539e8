/**
 * The stateless event that tells people of a change.
 *
 * @module
 */

import { encodeStateless } from "../../../../shared/protocol/event_encoder.ts";
import type { FileDocument } from "../record/document.ts";
import type { Actor } from "./actor.ts";

/** A change of one path. */
interface FileChange {
  path: string;
  /** `undefined` for what is new. */
  before: FileDocument | undefined;
  /** `undefined` for what is gone. */
  after: FileDocument | undefined;
  /** Where it was before it got this path. */
  renamedFrom?: string | undefined;
  actor?: Actor | undefined;
  /** How its text changed, line by line. */
  contentChanges?: string | undefined;
  tags: readonly string[];
  /** Wall clock, milliseconds. */
  atMs: number;
}

const HEADER = { module: "fim", collector: "file" } as const;

/** What an event says that it is. */
const KINDS = {
  added: { action: "file-added", type: "creation", words: "was added" },
  modified: { action: "file-modified", type: "change", words: "changed" },
  deleted: { action: "file-deleted", type: "deletion", words: "was deleted" },
  renamed: { action: "file-renamed", type: "change", words: "was renamed" },
} as const;

/** Encodes the event. */
export function encodeChange(change: FileChange): string {
  const { path, before, after, renamedFrom, contentChanges, tags, actor, atMs } = change;
  const { action, type, words } = KINDS[kindOf(change)];
  const fields = before && after ? changedFields(before, after) : {};
  const reason = `${path} ${words}${renamedFrom === undefined ? "" : ` from ${renamedFrom}`}`;
  const previous = renamedFrom === undefined ? nested(fields) : { path: renamedFrom };
  return encodeStateless(HEADER, {
    event: {
      action,
      category: ["file"],
      type: [type],
      created: new Date(atMs).toISOString(),
      ...(before && after && {
        changed_fields: Object.keys(fields).map((name) => `file.${name}`),
      }),
      reason,
    },
    file: {
      ...(after ?? before),
      ...(after && (before ?? renamedFrom) !== undefined && { previous }),
      ...(contentChanges !== undefined && { content_changes: contentChanges }),
      ...(tags.length > 0 && { tags }),
    },
    ...(actor && actorMembers(actor)),
  });
}

/** Encodes the event that says once that there are more files than may be. */
export function encodeLimitReached(
  { maxFiles, directory, atMs }: { maxFiles: number; directory: string; atMs: number },
): string {
  return encodeStateless(HEADER, {
    event: {
      action: "fim-limit-reached",
      category: ["file"],
      type: ["info"],
      created: new Date(atMs).toISOString(),
      reason: `There are more than ${maxFiles} files, most of the rest in ${directory}`,
    },
  });
}

function kindOf({ before, after, renamedFrom }: FileChange): keyof typeof KINDS {
  if (renamedFrom !== undefined) return "renamed";
  if (before === undefined) return "added";
  return after === undefined ? "deleted" : "modified";
}

/** Dotted names of the members that are not the same, with what they were. */
function changedFields(before: FileDocument, after: FileDocument): Record<string, unknown> {
  const was = flat(before);
  const is = flat(after);
  const names = [...new Set([...Object.keys(was), ...Object.keys(is)])].sort();
  return Object.fromEntries(
    names.filter((name) => JSON.stringify(was[name]) !== JSON.stringify(is[name]))
      .map((name) => [name, was[name] ?? null]),
  );
}

function flat(value: FileDocument, prefix = ""): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, member]) =>
      typeof member === "object" && member !== null && !Array.isArray(member)
        ? Object.entries(flat(member as FileDocument, `${prefix}${name}.`))
        : [[`${prefix}${name}`, member]]
    ),
  );
}

/** Dotted names as members within members. */
function nested(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) {
    const [outer = "", inner] = name.split(".", 2);
    if (inner === undefined) result[outer] = value;
    else result[outer] = { ...(result[outer] as object | undefined), [inner]: value };
  }
  return result;
}

/** A process that was gone is known by its number only. */
function actorMembers({ pid, executable, name, commandLine, uid, login, parent }: Actor) {
  return {
    process: {
      pid,
      ...(name !== null && { name }),
      ...(executable !== null && { executable }),
      ...(commandLine !== null && { command_line: commandLine }),
      ...(parent && { parent: { pid: parent.pid, ...(parent.name && { name: parent.name }) } }),
      ...(uid !== null && { user: { id: String(uid) } }),
    },
    ...(login && { user: { id: String(login.uid), ...(login.name && { name: login.name }) } }),
  };
}
