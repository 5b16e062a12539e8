/**
 * What snapd answers to `GET /v2/snaps`, see "snapd REST API".
 *
 * @module
 */

import * as z from "zod";
import type { Package } from "../packages/package.ts";

const ANSWER = z.object({
  result: z.array(z.object({
    name: z.string().min(1),
    version: z.string().min(1),
    revision: z.string().optional(),
    summary: z.string().optional(),
    "install-date": z.string().optional(),
    "installed-size": z.number().optional(),
    status: z.string().optional(),
    publisher: z.object({ "display-name": z.string().optional() }).optional(),
  })),
});

/**
 * The snaps that are in use.
 *
 * @throws {z.ZodError} when the answer has another form
 */
export function parseSnaps(answer: unknown): Package[] {
  return ANSWER.parse(answer).result
    .filter(({ status }) => status === undefined || status === "active")
    .map((snap): Package => ({
      type: "snap",
      name: snap.name,
      version: snap.version,
      description: snap.summary,
      installed: isoDate(snap["install-date"]),
      size: snap["installed-size"],
      vendor: snap.publisher?.["display-name"],
    }));
}

function isoDate(text: string | undefined): string | undefined {
  const ms = Date.parse(text ?? "");
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
}
