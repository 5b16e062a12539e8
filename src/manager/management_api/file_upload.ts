/**
 * Files for agents are put in their folder: the configurations of groups.
 *
 * @module
 */

import type { Hono } from "hono";
import { ApiError } from "../http/api_error.ts";
import type { BodyReader } from "../http/body.ts";
import { checkFileName } from "../http/file_name.ts";
import { ROUTES } from "../http/routes.ts";
import type { Connection } from "../http/connection.ts";
import type { Stores } from "../stores/stores.ts";
import type { Access } from "./access.ts";

/** What the route works with. */
export interface FileUploadDeps {
  access: Access;
  stores: Stores;
  bodies: BodyReader;
}

/** Adds the route. What is in a file is its agents' business: it is not looked at. */
export function addFileUpload(app: Hono<{ Bindings: Connection }>, deps: FileUploadDeps): void {
  app.put(ROUTES.putFile.path, async (c) => {
    await deps.access.require(c.req.header("Authorization"), "operate");
    const name = c.req.param("name") ?? "";
    checkFileName(name);
    const { files } = deps.stores;
    if (files === undefined) {
      throw new ApiError(409, "This manager keeps no files: it was started without a data folder");
    }
    const content = await deps.bodies.bytes(c.req.raw);
    await files.put(name, content);
    return c.json({ data: { name, bytes: content.length }, error: 0 });
  });
}
