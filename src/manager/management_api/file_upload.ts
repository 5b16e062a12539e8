/**
 * Files for agents are put in their folder: the configurations of groups.
 *
 * @module
 */

import type { Hono } from "hono";
import { join } from "node:path";
import { ApiError } from "../http/api_error.ts";
import type { BodyReader } from "../http/body.ts";
import { checkFileName } from "../http/file_name.ts";
import { ROUTES } from "../http/routes.ts";
import type { Connection } from "../http/connection.ts";
import type { Access } from "./access.ts";

/** What the route works with. */
export interface FileUploadDeps {
  access: Access;
  /** Folder of the files for agents; without it none can be put anywhere. */
  filesFolder?: string;
  bodies: BodyReader;
}

/** Adds the route. What is in a file is its agents' business: it is not looked at. */
export function addFileUpload(app: Hono<{ Bindings: Connection }>, deps: FileUploadDeps): void {
  app.put(ROUTES.putFile.path, async (c) => {
    await deps.access.require(c.req.header("Authorization"), "operate");
    const name = c.req.param("name") ?? "";
    checkFileName(name);
    if (deps.filesFolder === undefined) {
      throw new ApiError(409, "This manager keeps no files: it was started without a data folder");
    }
    const content = await deps.bodies.bytes(c.req.raw);
    await replaceFile(join(deps.filesFolder, name), content);
    return c.json({ data: { name, bytes: content.length }, error: 0 });
  });
}

/** In one step: an agent is handed the old file or the new one, never half of it. */
async function replaceFile(path: string, content: Uint8Array): Promise<void> {
  const draft = `${path}.${crypto.randomUUID()}.new`;
  try {
    using file = await Deno.open(draft, { write: true, createNew: true, mode: 0o600 });
    for (let written = 0; written < content.length;) {
      written += await file.write(content.subarray(written));
    }
    await file.syncData();
    await Deno.rename(draft, path);
  } catch (error) {
    await Deno.remove(draft).catch(() => {});
    throw error;
  }
}
