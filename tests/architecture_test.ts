/**
 * Who may import whom: the table of docs/ARCHITECTURE.md, enforced.
 *
 * A rule is a row of {@linkcode RULES}. Each row is also shown to be able to fail: an import that it forbids is made up from
 * the row itself and must be found.
 *
 * @module
 */

import assert from "node:assert/strict";
import { join } from "node:path/posix";
import {
  COMPUTED,
  exportsOf,
  findCycle,
  type Import,
  importsOf,
  readSources,
  ROOT,
  unusedExports,
} from "./support/source_code.ts";

/** A place is a folder (with a slash at its end), a file, or a package with its parts. */
type Place = string;

/** What a part of the project must not know. */
interface Rule {
  /** Such as "status knows neither SQL nor HTTP". */
  says: string;
  /** Files of these places obey it, */
  in: readonly Place[];
  /** but for these. */
  except?: readonly Place[];
  /** They import nothing from here, */
  forbids?: readonly Place[];
  /** or nothing but this. */
  allows?: readonly Place[];
}

const SQL: readonly Place[] = ["node:sqlite", "src/shared/sqlite/", "src/agent/queue/"];
const HTTP: readonly Place[] = [
  "hono",
  "node:http",
  "node:http2",
  "node:https",
  "src/agent/comms/",
];
const NATS: readonly Place[] = ["@nats-io", "src/manager/nats/"];
const MANAGER_HTTP: readonly Place[] = [
  "hono",
  "node:http",
  "node:https",
  "src/manager/http/",
  "src/manager/comms_api/",
  "src/manager/management_api/",
  "src/manager/page/",
];
const LEAVES: readonly Place[] = [
  "any_signal",
  "clock",
  "errors",
  "text",
  "time_limit",
  "version",
  "wakeup",
]
  .map((name) => `src/shared/${name}.ts`);
const DOMAINS: readonly Place[] = [
  "commands",
  "comms",
  "dispatch",
  "identity",
  "queue",
  "responses",
  "state",
]
  .map((name) => `src/agent/${name}/`);
const EVENTS: readonly Place[] = [
  "encoded_events",
  "event_boundaries",
  "event_encoder",
  "stored_events",
].map((name) => `src/shared/protocol/${name}.ts`);
/** What composes the agent, and what stands around that. */
const OUTER: readonly Place[] = [
  "src/main.ts",
  "src/agent/agent.ts",
  "src/agent/app/",
  "src/agent/cli/",
];

const RULES: readonly Rule[] = [
  {
    says: "main takes signals, hands the arguments on, and knows nothing of how anything works",
    in: ["src/main.ts"],
    allows: ["src/agent/cli/", "src/agent/process/signals.ts"],
  },
  {
    says: "protocol is data and knows nobody",
    in: ["src/shared/protocol/"],
    allows: ["src/shared/protocol/"],
  },
  {
    says: "the leaves know each other only",
    in: LEAVES,
    allows: [...LEAVES, "zod", "deno.json"],
  },
  {
    says: "shared knows neither agent nor manager",
    in: ["src/shared/"],
    forbids: ["src/main.ts", "src/agent/", "src/manager/"],
  },
  { says: "the agent does not know the manager", in: ["src/agent/"], forbids: ["src/manager/"] },
  { says: "the manager does not know the agent", in: ["src/manager/"], forbids: ["src/agent/"] },
  {
    says: "the product knows neither its faults nor its tests",
    in: ["src/"],
    forbids: ["mock_server/", "tests/"],
  },
  {
    says: "every import can be read",
    in: ["src/", "mock_server/", "bench/"],
    // With createRequire() of node:module anything can be taken under any name.
    forbids: [COMPUTED, "node:module"],
  },
  {
    says: "nothing is built on a benchmark",
    in: ["src/", "mock_server/", "tests/"],
    except: ["tests/bench/"],
    forbids: ["bench/"],
  },
  {
    says: "arrows point inwards: what the agent is composed of does not know the composition",
    in: ["src/agent/"],
    except: OUTER,
    forbids: OUTER,
  },
  {
    says: "the composition speaks neither SQL nor HTTP itself",
    in: ["src/agent/app/", "src/agent/agent.ts"],
    forbids: ["node:sqlite", "hono", "node:http", "node:https"],
  },
  {
    says: "faults and demo know the agent from outside only",
    in: ["mock_server/"],
    forbids: ["src/agent/"],
  },
  {
    says: "the composition does not know the command line",
    in: ["src/agent/app/", "src/agent/agent.ts"],
    forbids: ["src/agent/cli/"],
  },
  ...DOMAINS.map((domain): Rule => ({
    says: `${domain} meets the others through protocol and through interfaces of its own`,
    in: [domain],
    forbids: [
      ...DOMAINS.filter((other) => other !== domain),
      "src/agent/modules/",
      "src/agent/control/",
      "src/agent/status/",
    ],
  })),
  {
    says: "queue and commands know no HTTP",
    in: ["queue", "commands", "dispatch", "identity", "responses", "state"].map((name) =>
      `src/agent/${name}/`
    ),
    forbids: HTTP,
  },
  {
    says: "comms and dispatch know no SQL",
    in: ["src/agent/comms/", "src/agent/dispatch/", "src/agent/identity/"],
    forbids: SQL,
  },
  {
    says: "modules know neither the queue nor HTTP nor who sends",
    in: ["src/agent/modules/"],
    forbids: [...HTTP, "src/agent/queue/", "src/agent/dispatch/", "src/agent/control/"],
  },
  {
    says: "status knows data only: neither SQL nor HTTP",
    in: ["src/agent/status/"],
    allows: ["src/agent/status/", "src/shared/protocol/", "prom-client", ...LEAVES],
  },
  { says: "control knows no SQL", in: ["src/agent/control/"], forbids: [...SQL, ...DOMAINS] },
  {
    says: "what meets the system knows no events",
    in: ["platform", "process", "service", "upgrade"].map((name) => `src/agent/${name}/`),
    forbids: [...EVENTS, ...DOMAINS.filter((one) => one !== "src/agent/identity/")],
  },
  {
    says: "command line and configuration know neither SQL nor HTTP",
    in: ["src/agent/cli/", "src/agent/config/"],
    forbids: [...SQL, ...HTTP],
  },
  {
    says: "what speaks HTTP in the manager knows no SQL",
    in: ["http", "comms_api", "management_api", "page"].map((name) => `src/manager/${name}/`),
    forbids: ["node:sqlite", "src/shared/sqlite/"],
  },
  {
    says: "stores know no HTTP",
    in: ["src/manager/stores/", "src/manager/cluster/"],
    forbids: MANAGER_HTTP,
  },
  {
    says: "the manager's domains know neither HTTP nor NATS",
    in: ["agents", "commands", "documents", "events", "keep_alive", "releases", "rollouts"]
      .map((name) => `src/manager/${name}/`),
    forbids: [...MANAGER_HTTP, ...NATS],
  },
];

/** Folders whose parts must not know each other. */
const SEPARATE = ["src/agent/modules/"];

/** A rule that was broken, and where. */
function violations(imports: readonly Import[]): string[] {
  return RULES.flatMap((rule) =>
    imports.filter((one) => breaks(rule, one))
      .map(({ from, to }) => `${from} imports ${to}, but ${rule.says}`)
  );
}

function breaks({ in: places, except = [], forbids = [], allows }: Rule, { from, to }: Import) {
  if (!isIn(from, places) || isIn(from, except)) return false;
  return isIn(to, forbids) || (allows !== undefined && !isIn(to, allows));
}

function isIn(path: string, places: readonly Place[]): boolean {
  return places.some((place) =>
    path === place || path.startsWith(place.endsWith("/") ? place : `${place}/`)
  );
}

/** Imports between the parts of a folder, such as from one module to another. */
function betweenParts(folder: string, imports: readonly Import[]): string[] {
  const partOf = (path: string) =>
    path.startsWith(folder) ? /^[^/]+(?=\/)/.exec(path.slice(folder.length))?.[0] : undefined;
  return imports.filter(({ from, to }) =>
    partOf(from) !== undefined && partOf(to) !== undefined && partOf(from) !== partOf(to)
  ).map(({ from, to }) => `${from} imports ${to}`);
}

/** A file that stands in a place. */
function madeUp(place: Place): string {
  return place.endsWith("/") ? `${place}made_up.ts` : place;
}

const imports = importsOf(readSources("src", "mock_server", "bench", "tests", ".ci"));

Deno.test("nobody imports what it must not know", () => {
  assert.deepEqual(violations(imports), []);
});

Deno.test("the parts of a folder whose parts are separate do not import each other", () => {
  assert.deepEqual(SEPARATE.flatMap((folder) => betweenParts(folder, imports)), []);
  const from = "src/agent/modules/fim/fim.ts";
  const to = "src/agent/modules/logcollector/files/file_tail.ts";
  assert.equal(betweenParts("src/agent/modules/", [{ from, to, names: [] }]).length, 1);
  const contract = { from, to: "src/agent/modules/module.ts", names: [] };
  assert.deepEqual(betweenParts("src/agent/modules/", [contract]), []);
});

for (const rule of RULES) {
  Deno.test(`a broken rule is found: ${rule.says}`, () => {
    const targets = rule.forbids ?? ["src/agent/queue/", "src/manager/", "hono"];
    for (const place of rule.in) {
      for (const target of targets) {
        const from = madeUp(place);
        const made = { from, to: madeUp(target), names: [] };
        assert.ok(breaks(rule, made), `${from} may import ${target}`);
        assert.ok(violations([made]).some((text) => text.endsWith(rule.says)));
        const innocent = { ...made, from: "tests/bench/made_up.ts" };
        assert.equal(breaks(rule, innocent), false);
      }
    }
  });
}

/** Imports that are neither a file of the project, nor of the runtime, nor a package under its name in deno.json. */
function unnamedPackages(imports: readonly Import[]): string[] {
  const { imports: named } = JSON.parse(Deno.readTextFileSync(join(ROOT, "deno.json")));
  const files = ["src/", "mock_server/", "bench/", "tests/", ".ci/", "deno.json"];
  const known = [...files, COMPUTED, ...Object.keys(named)];
  const isKnown = (to: string) => to.startsWith("node:") || isIn(to, known);
  return imports.filter(({ from, to }) => isIn(from, ["src/", "mock_server/"]) && !isKnown(to))
    .map(({ from, to }) => `${from} imports ${to}, which is no name in deno.json`);
}

Deno.test("packages are imported under their names in deno.json, the runtime's modules as node:", () => {
  assert.deepEqual(unnamedPackages(imports), []);
  const others = ["npm:hono@4.13.19", "jsr:@db/sqlite", "https://x.example/a.ts", "http", "sqlite"];
  for (const to of [...others, "/etc/a.ts", "file:///elsewhere/a.ts"]) {
    assert.equal(unnamedPackages([{ from: "src/main.ts", to, names: [] }]).length, 1, to);
  }
});

Deno.test("no file of src imports itself by a round-about way", () => {
  const within = imports.filter(({ from, to }) => from.startsWith("src/") && to.startsWith("src/"));
  assert.equal(findCycle(within)?.join(" → "), undefined);
});

Deno.test("what is exported is used by another file", () => {
  const unused = unusedExports(exportsOf(readSources("src", "mock_server")), imports);
  const texts = unused.map(({ file, name }) => `${file} exports ${name}, which nobody imports`);
  assert.deepEqual(texts, []);
});

/** The paths in the first column of the table of docs/ARCHITECTURE.md; `a/{b,c}/` stands for two. */
function documentedPlaces(): string[] {
  const text = Deno.readTextFileSync(join(ROOT, "docs/ARCHITECTURE.md"));
  const table = text.slice(
    text.indexOf("## Where things are"),
    text.indexOf("Arrows point inwards"),
  );
  const cells = [...table.matchAll(/^\| (`[^|]*?) +\|/gm)].map(([, cell = ""]) => cell);
  return cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)]).flatMap(([, path = ""]) => {
    const [, before = path, list = "", after = ""] = /^(.*)\{(.*)\}(.*)$/.exec(path) ?? [];
    return list === "" ? [path] : list.split(",").map((name) => `${before}${name.trim()}${after}`);
  });
}

Deno.test("every folder of src has a row in docs/ARCHITECTURE.md, and every row its folder", () => {
  const places = documentedPlaces();
  const folders = new Set(
    [...readSources("src").keys()].map((file) =>
      `${file.split("/").slice(0, -1).slice(0, 3).join("/")}/`
    ),
  );
  for (const folder of ["src/", "src/agent/", "src/manager/", "src/shared/"]) {
    folders.delete(folder);
  }
  assert.deepEqual([...folders].filter((folder) => !places.includes(folder)), []);
  const missing = places.filter((place) => {
    try {
      return Deno.statSync(join(ROOT, place)).isDirectory !== place.endsWith("/");
    } catch {
      return true;
    }
  });
  assert.deepEqual(missing, []);
});
