/**
 * Relative paths become absolute: in the file they start from the file's folder, in the environment
 * and in flags from the current folder. In a group's file there must be none.
 *
 * @module
 */

import * as z from "zod";
import type { Given, SubPath } from "./given.ts";
import type { Option } from "./options.ts";
import { pathRules, type Platform } from "./platform.ts";

/** `given` with the paths in its value made absolute by the rules of `platform`. */
export function withAbsolutePaths(
  given: Given,
  { options, platform, folder }: {
    options: ReadonlyMap<string, Option>;
    platform: Platform;
    folder: string;
  },
): Given {
  const schema = options.get(given.path)?.schema;
  if (schema === undefined || given.place.source === "shared") return given;
  const { dirname, isAbsolute, resolve } = pathRules(platform);
  const base = given.place.source === "file" ? resolve(folder, dirname(given.place.file)) : folder;
  // What begins with ~ is refused as it was written.
  const isKept = (path: string) => path === "" || path.startsWith("~") || isAbsolute(path);
  const absolute = (path: string) => isKept(path) ? path : resolve(base, path);
  return { ...given, value: changePaths(schema, given.value, absolute) };
}

/** Where in a value of the type `schema` a path is not absolute. */
export function relativePaths(schema: z.ZodType, value: unknown, platform: Platform): SubPath[] {
  const { isAbsolute } = pathRules(platform);
  return [...pathsIn(schema, value, [])]
    .flatMap(({ path, subPath }) => isAbsolute(path) ? [] : [subPath]);
}

/** A path that is written in a value, and where in it. */
interface Found {
  path: string;
  subPath: SubPath;
}

function* pathsIn(schema: unknown, value: unknown, subPath: SubPath): Generator<Found> {
  if (isPath(schema)) {
    if (typeof value === "string") yield { path: value, subPath };
    return;
  }
  for (const { part, key, member } of partsOf(schema, value)) {
    yield* pathsIn(part, member, [...subPath, key]);
  }
}

/** `value` with `change` done to each path in it. */
function changePaths(
  schema: unknown,
  value: unknown,
  change: (path: string) => string,
): unknown {
  if (isPath(schema)) return typeof value === "string" ? change(value) : value;
  const parts = partsOf(schema, value)
    .map(({ part, key, member }) => [key, changePaths(part, member, change)] as const);
  if (Array.isArray(value)) return Object.assign([...value], Object.fromEntries(parts));
  return parts.length === 0 ? value : { ...(value as object), ...Object.fromEntries(parts) };
}

/** Of several forms the one that a value has: a text is a path, a map has members. */
function formOf(schema: unknown, value: unknown): unknown {
  if (!(schema instanceof z.ZodUnion)) return schema;
  const isText = typeof value === "string";
  return schema.options.find((form) => isText ? isPath(form) : form instanceof z.ZodObject);
}

function isPath(schema: unknown): boolean {
  return schema instanceof z.ZodType && schema.meta()?.kind === "path";
}

/** The members of a list or map that the schema knows, each with its own schema. */
function partsOf(schema: unknown, value: unknown) {
  const inner = unwrapped(schema);
  if (inner instanceof z.ZodArray && Array.isArray(value)) {
    return value.map((member, key) => ({ part: formOf(inner.element, member), key, member }));
  }
  if (!(inner instanceof z.ZodObject) || typeof value !== "object" || value === null) return [];
  return Object.entries(value).filter(([key]) => Object.hasOwn(inner.shape, key))
    .map(([key, member]) => ({ part: inner.shape[key], key, member: member as unknown }));
}

function unwrapped(schema: unknown): unknown {
  const isWrapped = schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodOptional;
  return isWrapped ? unwrapped(schema.def.innerType) : schema;
}
