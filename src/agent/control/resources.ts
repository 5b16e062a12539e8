/**
 * What the local API says of a request that none of its routes answers: which methods the path has, or which resources there are.
 *
 * @module
 */

import type { Hono } from "hono";
import { oneLine } from "../../shared/text.ts";
import type { LocalErrorBody } from "./error_body.ts";

/** Has `app` answer 405 (with `Allow`) to a wrong method, and 404 to a wrong path. All routes are there by now. */
export function addMissingResources(app: Hono): void {
  const routes = app.routes.filter(({ method }) => method !== ANY);
  const methods = [...new Set(routes.map(({ method }) => method))];
  const resources = routes.map(({ method, path }) => `${method} ${path}`).join(", ");
  app.notFound((context) => {
    const { method, path } = context.req;
    const shown = oneLine(path, MAX_SHOWN_CHARACTERS);
    const allowed = methods.filter((one) => has(app, one, path));
    if (allowed.length === 0) {
      const message = `No such resource: ${method} ${shown}`;
      return context.json(
        { code: "usage", message, hint: resources } satisfies LocalErrorBody,
        404,
      );
    }
    const message = `${method} is not for ${shown}`;
    const hint = allowed.map((one) => `${one} ${shown}`).join(" or ");
    context.header("Allow", allowed.join(", "));
    return context.json({ code: "usage", message, hint } satisfies LocalErrorBody, 405);
  });
}

/** What middlewares stand under. */
const ANY = "ALL";
const MAX_SHOWN_CHARACTERS = 200;

function has(app: Hono, method: string, path: string): boolean {
  return app.router.match(method, path)[0].some(([[, route]]) => route.method === method);
}
