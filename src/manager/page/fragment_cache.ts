/**
 * Views that browsers fetch by themselves, made once for all that look at the same: after each look many ask at once.
 *
 * What was made after a look holds until the next one. Only what scripts ask for is kept: who loads a view sees how it is now.
 *
 * @module
 */

import type { MiddlewareHandler } from "hono";
import type { PageEnv } from "./session.ts";

/** A bound of memory: a view has some 100 kB. */
const MAX_KEPT = 32;

/** Keeps views; `look` is the number of the newest look, `undefined` while nobody follows. */
export function keepFragments(look: () => number | undefined): MiddlewareHandler<PageEnv> {
  const kept = new Map<string, { look: number; text: string }>();
  return async (c, next) => {
    const newest = look();
    if (newest === undefined || c.req.header("HX-Request") === undefined) return await next();
    const { pathname, search } = new URL(c.req.url);
    // The name of the user stands on every view.
    const key = JSON.stringify([c.get("user"), pathname, search]);
    const found = kept.get(key);
    if (found?.look === newest) return c.html(found.text);
    await next();
    if (c.res.status !== 200) return;
    const text = await c.res.clone().text();
    kept.delete(key);
    kept.set(key, { look: newest, text });
    const [oldest] = kept.keys();
    if (kept.size > MAX_KEPT && oldest !== undefined) kept.delete(oldest);
  };
}
