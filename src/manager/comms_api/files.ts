/**
 * Files for agents: the configurations of groups.
 *
 * @module
 */

import type { Hono } from "hono";
import { ApiError } from "../http/api_error.ts";
import { entityTag, namesTag } from "../http/entity_tag.ts";
import { checkFileName } from "../http/file_name.ts";
import { FILE_SIGNATURE_HEADER } from "../../shared/signing/signed_orders.ts";
import { ROUTES } from "../http/routes.ts";
import { requireAgent } from "./authentication.ts";
import type { CommsDeps, CommsEnv } from "./deps.ts";

/** Adds the files. */
export function addFiles(app: Hono<CommsEnv>, deps: CommsDeps): void {
  app.get(ROUTES.files.path, requireAgent(deps), async (c) => {
    const [name = "", ...others] = c.req.queries("file_name") ?? [];
    if (others.length > 0) throw new ApiError(400, "file_name is given more than once");
    checkFileName(name);
    const file = await deps.stores.files?.get(name);
    if (file === undefined) throw new ApiError(404, `No file "${name}"`);
    const { content, changedMs } = file;
    const { signer } = deps;
    // Whoever has the content and an old signature of it has not got everything.
    const etag = entityTag(content, signer === undefined ? "" : `${signer.keyId} ${changedMs}`);
    if (namesTag(c.req.header("If-None-Match"), etag)) {
      return new Response(null, { status: 304, headers: { ETag: etag } });
    }
    const signature = signer?.file(name, content, changedMs);
    return new Response(content, {
      headers: {
        "Content-Type": "application/octet-stream",
        ETag: etag,
        ...(signature && { [FILE_SIGNATURE_HEADER]: JSON.stringify(signature) }),
      },
    });
  });
}
