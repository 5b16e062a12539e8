/**
 * What a package of npm says of itself: `package.json`.
 *
 * @module
 */

import * as z from "zod";
import type { Package } from "../packages/package.ts";

const MANIFEST = z.object({
  name: z.string().min(1),
  version: z.string().min(1),
  description: z.string().optional().catch(undefined),
  author: z.union([z.string(), z.object({ name: z.string() })]).optional().catch(undefined),
});

/**
 * Reads one.
 *
 * @returns `undefined` for a manifest without name or version, such as those that only mark a folder as a module
 * @throws {SyntaxError} when it is no JSON
 */
export function parseNpmManifest(text: string, path: string): Package | undefined {
  const manifest = MANIFEST.safeParse(JSON.parse(text));
  if (!manifest.success) return undefined;
  const { name, version, description, author } = manifest.data;
  const vendor = typeof author === "string" ? author : author?.name;
  return { type: "npm", name, version, description, vendor, path };
}
