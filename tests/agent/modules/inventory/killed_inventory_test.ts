/**
 * After kills anywhere, the documents at the server are exactly what the machine has. Of 50 seeds: `INVENTORY_SEEDS=50`.
 */

import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { dpkgPackage } from "../../../support/dpkg_package.ts";
import { TempFolder } from "../../../support/queues.ts";
import { randomFrom } from "../../../support/random.ts";
import { rpmHeader } from "../../../support/rpm_header.ts";
import { Kill } from "../../state/support/kill.ts";
import { DocumentServer } from "../../state/support/state_scene.ts";
import { InventoryScene } from "./support/inventory_scene.ts";

const SEEDS = Number(Deno.env.get("INVENTORY_SEEDS") ?? 3);
const LIVES = 4;
const NAMES = Array.from({ length: 25 }, (_, index) => `p${String(index).padStart(2, "0")}`);
/** No server takes it. */
const REFUSED = "refused";

type Kind = "deb" | "apk" | "rpm";
/** Versions by kind and name. */
type Packages = Record<Kind, Map<string, string>>;

/** Databases of packages, and what is in them. */
class Machine {
  readonly root = new TempFolder();
  readonly packages: Packages = { deb: new Map(), apk: new Map(), rpm: new Map() };
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** Installs, upgrades and removes some; perhaps leaves a database as one that is being written. */
  burst(scene: InventoryScene): void {
    for (let changes = 1 + Math.floor(this.#random() * 10); changes > 0; changes--) {
      const kind = this.#pick(["deb", "apk", "rpm"] as const);
      const name = this.#random() < 0.05 ? REFUSED : this.#pick(NAMES);
      if (this.#random() < 0.3) this.packages[kind].delete(name);
      else this.packages[kind].set(name, `1.${Math.floor(this.#random() * 4)}`);
    }
    this.write(scene);
    if (this.#random() < 0.2) scene.write("/var/lib/dpkg/status", "Package: p00\n\0 nonsense");
    if (this.#random() < 0.1) scene.write("/lib/apk/db/installed", "nonsense");
  }

  write(scene: InventoryScene): void {
    const { deb, apk, rpm } = this.packages;
    const lines = (of: Map<string, string>, text: (name: string, version: string) => string) =>
      [...of].map(([name, version]) => text(name, version)).join("");
    scene.write("/var/lib/dpkg/status", lines(deb, dpkgPackage));
    scene.write(
      "/lib/apk/db/installed",
      lines(apk, (name, version) => `P:${name}\nV:${version}\n\n`),
    );
    if (!scene.machine.exists("/var/lib/rpm/rpmdb.sqlite")) {
      scene.write("/var/lib/rpm/rpmdb.sqlite", "");
    }
    using database = new DatabaseSync(scene.machine.real("/var/lib/rpm/rpmdb.sqlite"));
    database.exec(
      "PRAGMA synchronous = OFF; DROP TABLE IF EXISTS Packages; CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob BLOB)",
    );
    const insert = database.prepare("INSERT INTO Packages (blob) VALUES (?)");
    for (const [name, version] of rpm) insert.run(rpmHeader({ name, version, release: "1" }));
  }

  /** What the server is to show. */
  expected(): string[] {
    const texts = Object.entries(this.packages).flatMap(([kind, packages]) =>
      [...packages].filter(([name]) => name !== REFUSED)
        .map(([name, version]) => `${kind} ${name} ${version}${kind === "rpm" ? "-1" : ""}`)
    );
    return texts.sort();
  }

  #pick<T>(from: readonly T[]): T {
    return from[Math.floor(this.#random() * from.length)] as T;
  }
}

interface PackageDocument {
  package: { type: string; name: string; version: string };
}

function shown(server: DocumentServer): string[] {
  return [...server.of("inventory", "packages").values()]
    .map((document) => (document as unknown as PackageDocument).package)
    .map(({ type, name, version }) => `${type} ${name} ${version}`).sort();
}

/** A server that takes everything but one package. */
function strictServer(): DocumentServer {
  const server = new DocumentServer();
  server.rule = ({ data }) =>
    (data as PackageDocument | undefined)?.package.name === REFUSED ? 400 : undefined;
  return server;
}

/** One seed; returns how often the agent was killed. */
async function run(seed: number): Promise<number> {
  const random = randomFrom(seed);
  const machine = new Machine(random);
  using _root = machine.root;
  const server = strictServer();
  let agentId = "0190a0b0-0000-7000-8000-000000000001";
  let folder = new TempFolder();
  let kills = 0;
  const open = () => new InventoryScene({ root: machine.root, data: folder, server, agentId });
  for (let life = 0; life < LIVES; life++) {
    using kill = new Kill(1 + Math.floor(random() * 40));
    {
      using scene = open();
      scene.states.options = { ...scene.states.options, window: 1 + Math.floor(random() * 20) };
      const end = kill.watch(scene.states, folder);
      await begin(scene, agentId);
      const module = scene.make();
      for (let round = 0; round < 5 && kill.documents === undefined; round++) {
        machine.burst(scene);
        // An outage: what changes meanwhile is told when it is over.
        if (random() < 0.2) server.isAway = true;
        await module.rescan(scene.states.signal);
        if (kill.documents === undefined) server.isAway = false;
        if (random() < 0.7) await scene.states.deliver({ maxEvents: 1 + Math.floor(random() * 8) });
        if (random() < 0.15) await offAndOn(scene, random);
      }
      end();
    }
    if (kill.documents !== undefined) {
      kills++;
      using _ = folder;
      folder = kill.goBack(server);
    }
    if (random() < 0.25) {
      // Another identity: what the old one told is the server's to clear.
      agentId = agentId.replace(/.$/, String(life + 2));
      server.documents.clear();
    }
  }
  using _ = folder;
  using scene = open();
  await begin(scene, agentId);
  machine.write(scene);
  const module = scene.make();
  await scene.scan(module);
  assert.deepEqual(shown(server), machine.expected(), `seed ${seed}`);
  assert.deepEqual(module.report().problems, [], `seed ${seed}`);
  return kills;
}

/** As an agent starts. */
async function begin({ states }: InventoryScene, agentId: string): Promise<void> {
  await states.queue.releaseForeign(agentId);
  await states.adopt();
}

/** The module is turned off, and its documents begin to go; then somebody changes his mind. */
async function offAndOn({ states }: InventoryScene, random: () => number): Promise<void> {
  const { declaration } = states;
  states.declaration = { ...declaration, isActive: false };
  states.upkeep.reconcile();
  if (random() < 0.7) await states.deliver({ maxEvents: 1 + Math.floor(random() * 8) });
  states.declaration = declaration;
  states.upkeep.reconcile();
}

Deno.test(`after ${SEEDS} × ${LIVES} lives with kills, outages, refusals, other identities and changes of mind the server shows the packages that there are`, async () => {
  let kills = 0;
  for (let seed = 1; seed <= SEEDS; seed++) kills += await run(seed);
  assert.ok(kills >= SEEDS, `only ${kills} kills`);
});
