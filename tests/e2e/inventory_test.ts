/** The inventory end to end: databases of packages made for the test, a real agent and a real manager. */

import assert from "node:assert/strict";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { dpkgPackage } from "../support/dpkg_package.ts";
import { eventually } from "../support/eventually.ts";
import { OrderDesk } from "../support/order_desk.ts";
import { TempFolder } from "../support/queues.ts";
import { rpmHeader } from "../support/rpm_header.ts";
import { AgentSide, OwnServer } from "../support/scene.ts";

/** A machine with databases of dpkg and rpm below a folder. */
class MadeMachine implements Disposable {
  readonly #folder = new TempFolder();

  get root(): string {
    return this.#folder.path;
  }

  /** Writes the database of dpkg. */
  deb(...packages: [name: string, version: string][]): void {
    const text = packages.map(([name, version]) => dpkgPackage(name, version)).join("");
    const path = this.#path("var/lib/dpkg/status");
    Deno.writeTextFileSync(`${path}-new`, text);
    Deno.renameSync(`${path}-new`, path);
  }

  /** Writes the database of rpm. */
  rpm(...names: string[]): void {
    using database = new DatabaseSync(this.#path("var/lib/rpm/rpmdb.sqlite"));
    database.exec(
      "DROP TABLE IF EXISTS Packages; CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob BLOB)",
    );
    const insert = database.prepare("INSERT INTO Packages (blob) VALUES (?)");
    for (const name of names) {
      insert.run(rpmHeader({ name, version: "1.0", release: "1.el9", architecture: "noarch" }));
    }
  }

  [Symbol.dispose](): void {
    this.#folder[Symbol.dispose]();
  }

  #path(path: string): string {
    const file = this.#folder.file(path);
    Deno.mkdirSync(dirname(file), { recursive: true });
    return file;
  }
}

function section(machine: MadeMachine, enabled = true): string {
  return `inventory: { enabled: ${enabled}, root: ${machine.root}, interval: 1s, scan_spread: 0s, ` +
    "system: false, hardware: false, networks: false, ports: false }";
}

Deno.test("packages that come, change and go are seen at the manager, through an outage, a kill and turning off", async () => {
  using folder = new TempFolder();
  using machine = new MadeMachine();
  await using server = await OwnServer.start(folder);
  const side = new AgentSide(folder, server, [section(machine)]);
  const { id } = await side.register();
  const shown = async () => {
    using desk = await OrderDesk.open(server);
    const documents = await desk.documents(id, "inventory") as { package: PackageMembers }[];
    return documents.map(({ package: one }) => `${one.type} ${one.name} ${one.version}`).sort();
  };
  const until = async (...wanted: string[]) => {
    const isThere = (found: string[]) => found.join() === wanted.join();
    assert.deepEqual(await eventually(shown, isThere), wanted);
  };
  machine.deb(["bash", "5.2"]);
  machine.rpm("setup");
  {
    await using agent = await side.start();
    await until("deb bash 5.2", "rpm setup 1.0-1.el9");
    machine.deb(["bash", "5.2"], ["nginx", "1.22"]);
    await until("deb bash 5.2", "deb nginx 1.22", "rpm setup 1.0-1.el9");
    await server.goAway();
    machine.deb(["bash", "5.3"], ["nginx", "1.22"]);
    await server.comeBack();
    await until("deb bash 5.3", "deb nginx 1.22", "rpm setup 1.0-1.el9");
    await agent.stop("SIGKILL");
  }
  machine.rpm("setup", "tzdata");
  machine.deb(["nginx", "1.22"]);
  await using agent = await side.start();
  await until("deb nginx 1.22", "rpm setup 1.0-1.el9", "rpm tzdata 1.0-1.el9");
  side.configure([section(machine, false)]);
  assert.equal((await side.command("reload")).code, 0);
  await until();
  side.configure([section(machine)]);
  assert.equal((await side.command("reload")).code, 0);
  await until("deb nginx 1.22", "rpm setup 1.0-1.el9", "rpm tzdata 1.0-1.el9");
  assert.equal(await agent.stop(), 0);
});

interface PackageMembers {
  type: string;
  name: string;
  version: string;
}

Deno.test("agent inventory shows the same without an agent, as a table and as documents", async () => {
  using folder = new TempFolder();
  using machine = new MadeMachine();
  await using server = await OwnServer.start(folder);
  const side = new AgentSide(folder, server, [section(machine)]);
  machine.deb(["bash", "5.2"]);
  const table = await side.command("inventory", "packages");
  assert.deepEqual([table.code, table.stderr], [0, ""]);
  assert.match(table.stdout, /PACKAGE\.NAME.*\n.*bash/);
  const json = await side.command("inventory", "packages", "--json");
  const document = JSON.parse(json.stdout);
  assert.deepEqual(
    [document.schema, document.collector, document.documents[0].package.name, document.problems],
    [1, "packages", "bash", []],
  );
  const unknown = await side.command("inventory", "package");
  assert.equal(unknown.code, 2);
  assert.match(unknown.stderr, /system, hardware, packages/);
});
