/**
 * The bill of materials of a release, as CycloneDX 1.6 in JSON (https://cyclonedx.org/docs/1.6/json/).
 *
 * Versions and hashes are those of `deno.lock`; what is needed by what, and what the agent itself reaches, is what
 * `deno info --json src/main.ts` says.
 *
 * @module
 */

/** What is used of `deno.lock`. */
export interface Lock {
  npm: Record<string, { integrity?: string }>;
}

/** What is used of what `deno info --json` prints. */
export interface ModuleGraph {
  modules: readonly { npmPackage?: string }[];
  npmPackages: Record<string, { name: string; version: string; dependencies: readonly string[] }>;
}

/** What the bill is made from. */
export interface Materials {
  lock: Lock;
  graph: ModuleGraph;
  version: string;
  /** Version of Deno, which is the engine of each executable. */
  denoVersion: string;
  /** Time that the bill carries, in seconds since 1970. */
  epoch: number;
  /** The licence that a package states, as an SPDX expression. */
  licenceOf: (id: string) => string | undefined;
}

/**
 * Makes the bill. The same materials give the same text.
 *
 * @throws Error when a package that the agent reaches is not in the lock
 */
export function billOfMaterials({ version, denoVersion, epoch, ...materials }: Materials) {
  const { lock, graph } = materials;
  const shipped = reachedFrom(graph);
  for (const id of shipped) {
    if (!(id in lock.npm)) throw new Error(`Package ${id} is not in deno.lock`);
  }
  const agent = `pkg:generic/agent@${version}`;
  const engine = `pkg:github/denoland/deno@v${denoVersion}`;
  const ids = Object.keys(lock.npm).toSorted();
  return {
    $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: {
      timestamp: new Date(epoch * 1000).toISOString(),
      component: {
        type: "application",
        "bom-ref": agent,
        name: "agent",
        version,
        licenses: [{ expression: "Apache-2.0" }],
      },
    },
    components: [
      {
        type: "platform",
        "bom-ref": engine,
        name: "deno",
        version: denoVersion,
        purl: engine,
        licenses: [{ expression: "MIT" }],
      },
      ...ids.map((id) => component(id, { shipped: shipped.has(id), ...materials })),
    ],
    dependencies: [
      { ref: agent, dependsOn: [engine, ...directOnes(graph).map(purlOf)].toSorted() },
      ...ids.map((id) => ({
        ref: purlOf(id),
        dependsOn: (graph.npmPackages[id]?.dependencies ?? []).map(purlOf).toSorted(),
      })),
    ],
  };
}

/** `excluded`: used to build, test or measure, and in no executable. */
function component(
  id: string,
  { shipped, lock, licenceOf }: Pick<Materials, "lock" | "licenceOf"> & { shipped: boolean },
) {
  const { name, version } = nameAndVersion(id);
  const licence = licenceOf(id);
  const integrity = lock.npm[id]?.integrity;
  return {
    type: "library",
    "bom-ref": purlOf(id),
    name,
    version,
    purl: purlOf(id),
    scope: shipped ? "required" : "excluded",
    ...(licence !== undefined && { licenses: [{ expression: licence }] }),
    ...(integrity !== undefined && { hashes: [hashOf(integrity)] }),
  };
}

function directOnes(graph: ModuleGraph): string[] {
  return [...new Set(graph.modules.flatMap(({ npmPackage }) => npmPackage ?? []))];
}

function reachedFrom(graph: ModuleGraph): Set<string> {
  const reached = new Set<string>();
  const open = directOnes(graph);
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (reached.has(id)) continue;
    reached.add(id);
    open.push(...graph.npmPackages[id]?.dependencies ?? []);
  }
  return reached;
}

/** Without the peers that Deno writes behind an underscore. */
function nameAndVersion(id: string): { name: string; version: string } {
  const [, name = id, version = ""] = /^(@?[^@]+)@([^_]+)/.exec(id) ?? [];
  return { name, version };
}

function purlOf(id: string): string {
  const { name, version } = nameAndVersion(id);
  return `pkg:npm/${name.replace("@", "%40")}@${version}`;
}

/** From `sha512-<base64>` to what CycloneDX wants. */
function hashOf(integrity: string): { alg: string; content: string } {
  const [, algorithm = "", text = ""] = /^sha(\d+)-(.+)$/.exec(integrity) ?? [];
  return { alg: `SHA-${algorithm}`, content: Uint8Array.fromBase64(text).toHex() };
}
