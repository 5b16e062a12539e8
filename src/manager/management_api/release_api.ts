/**
 * Releases in the management API: files for agents to download are put there, listed and taken away.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import type { Context, Hono } from "hono";
import type { Manifest } from "../../shared/releases/manifest.ts";
import { ApiError } from "../http/api_error.ts";
import type { BodyReader } from "../http/body.ts";
import type { Connection } from "../http/connection.ts";
import { ROUTES } from "../http/routes.ts";
import type { SecurityAudit } from "../http/security_audit.ts";
import type { Releases } from "../releases/releases.ts";
import type { Access, Right } from "./access.ts";

const log = getLogger(["manager", "management"]);

/** What the routes work with. */
export interface ReleaseApiDeps {
  access: Access;
  audit: SecurityAudit;
  bodies: BodyReader;
  /** Missing in a manager without a data folder. */
  releases?: Releases;
}

/** Adds the routes. */
export function addReleaseApi(app: Hono<{ Bindings: Connection }>, deps: ReleaseApiDeps): void {
  const { access } = deps;
  const require = (c: Context, right: Right) =>
    access.require(c.req.header("Authorization"), right);

  app.get(ROUTES.listReleases.path, async (c) => {
    await require(c, "read");
    return c.json({ releases: deps.releases === undefined ? [] : await entriesOf(deps.releases) });
  });

  app.put(ROUTES.putRelease.path, async (c) => {
    const user = await require(c, "operate");
    const put = await putFile(deps, c.req.param("name") ?? "", c.req.raw);
    note(deps, "release_put", { ...put, user });
    return c.json({ data: put, error: 0 });
  });

  app.delete(ROUTES.removeRelease.path, async (c) => {
    const user = await require(c, "operate");
    const name = c.req.param("name") ?? "";
    if (!await releasesOf(deps).kept.remove(name)) {
      throw new ApiError(404, `No file ${JSON.stringify(name)}`);
    }
    note(deps, "release_removed", { name, user });
    return c.json({ data: { name }, error: 0 });
  });
}

async function putFile(deps: ReleaseApiDeps, name: string, request: Request) {
  const { kept } = releasesOf(deps);
  const encoding = request.headers.get("Content-Encoding") ?? "identity";
  if (encoding !== "identity") {
    const said = `Unsupported content encoding "${encoding}": files are kept as they come`;
    throw new ApiError(415, said);
  }
  const length = request.headers.get("Content-Length");
  const declared = length === null ? undefined : Number(length);
  return await kept.put(name, deps.bodies.chunks(request), declared);
}

function note(
  { audit }: ReleaseApiDeps,
  event: "release_put" | "release_removed",
  details: { name: string; user: string },
): void {
  log.info("{event}: {name} for agents, by {user}", { event, ...details });
  audit.write(event, details);
}

function releasesOf({ releases }: ReleaseApiDeps): Releases {
  if (releases !== undefined) return releases;
  throw new ApiError(409, "This manager keeps no files: it was started without a data folder");
}

async function entriesOf({ folder, files, manifests }: Releases): Promise<object[]> {
  const found = folder.list();
  files.keepOnly(new Set(found.map(({ path }) => path)));
  const byName = new Map(manifests.list().map(({ name, manifest }) => [name, manifest]));
  const entries: object[] = [];
  for (const file of found) {
    const { name, info } = file;
    const manifest = byName.get(name);
    entries.push({
      name,
      bytes: info.size,
      sha256: await files.sha256(file),
      changed_at: info.mtime?.toISOString() ?? null,
      ...(manifest && { manifest: summaryOf(manifest) }),
    });
  }
  return entries;
}

/** What people want to know of a manifest; whether its signatures are good only its readers can say. */
function summaryOf({ signed, signatures }: Manifest): object {
  const { type, release, expires } = signed;
  return {
    type,
    release,
    expires,
    ...(signed.type === "agent-release" && {
      version: signed.version,
      from: signed.from,
      platforms: Object.keys(signed.targets),
    }),
    ...(signed.type === "script" && { script: signed.name }),
    signed_with: signatures.map(({ keyid }) => keyid),
  };
}
