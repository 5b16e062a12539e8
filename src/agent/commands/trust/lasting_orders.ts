/**
 * Orders whose effect lasts: of those about the same thing the newest counts. Whoever held an older one back, and hands it over after
 * a newer one, would undo that.
 *
 * `set-group` has a place of its own in `signed_versions.ts`, `update` goes by the number of the release.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { canonicalBytes } from "../../../shared/signing/canonical.ts";

const MODULE_ACTIONS = new Set(["enable-module", "disable-module"]);
const LASTING_OPERATIONS: readonly unknown[] = ["enable", "disable", "pause", "resume"];

/** What an order is about, as a short text; `undefined` when it leaves nothing behind that an older one could undo. */
export function lastingSubject(action: string, args: unknown): string | undefined {
  const given = typeof args === "object" && args !== null ? args as Record<string, unknown> : {};
  if (MODULE_ACTIONS.has(action)) return digest("module", given.name);
  if (action === "module" && LASTING_OPERATIONS.includes(given.operation)) {
    return digest("module", given.name);
  }
  if (action !== "active-response") return undefined;
  const { name = null, source = null, user = null } = given;
  return digest("response", { name, source, user });
}

/** Of fixed length, whatever the order names. */
function digest(kind: string, of: unknown): string {
  const bytes = canonicalBytes({ of: of ?? null });
  return `${kind} ${createHash("sha256").update(bytes).digest("hex").slice(0, 32)}`;
}
