/**
 * The module over a made-up machine in a temporary folder, with a real queue and a server of documents.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import { dirname } from "node:path";
import { buildInventory } from "../../../../../src/agent/modules/inventory/build.ts";
import { COUNTERS } from "../../../../../src/agent/modules/inventory/counters.ts";
import type { Inventory } from "../../../../../src/agent/modules/inventory/inventory.ts";
import { RealMachine } from "../../../../../src/agent/modules/inventory/machine.ts";
import { inventory } from "../../../../../src/agent/modules/inventory/module.ts";
import { ModuleStateKeeper } from "../../../../../src/agent/state/state_keeper.ts";
import type { StateSchema } from "../../../../../src/agent/state/types.ts";
import * as z from "zod";
import { FakeClock } from "../../../../support/fake_clock.ts";
import { TempFolder } from "../../../../support/queues.ts";
import { DocumentServer, StateScene } from "../../../state/support/state_scene.ts";

/** What a test says of the section. */
export type Section = Record<string, unknown>;

/** Only packages are looked at, at once, unless a test says otherwise. */
const SECTION: Section = {
  enabled: true,
  scan_spread: "0s",
  interval: "1h",
  hardware: false,
  system: false,
  networks: false,
  ports: false,
};

/** A file system of its own: what is not there does not exist. */
class FolderMachine extends RealMachine {
  /** Paths that were read as databases. */
  readonly reads: string[] = [];
  links: Deno.NetworkInterfaceInfo[] = [];

  override readDatabase(path: string): string | undefined {
    this.reads.push(path);
    return super.readDatabase(path);
  }

  override interfaces(): Deno.NetworkInterfaceInfo[] {
    return this.links;
  }
}

/** What outlives a scene; what is left out is its own. */
interface InventorySceneOptions {
  schema?: StateSchema;
  /** The machine's files. */
  root?: TempFolder;
  /** The agent's data. */
  data?: TempFolder;
  server?: DocumentServer;
  agentId?: string;
}

/** The module, the machine, the server. */
export class InventoryScene implements Disposable {
  readonly machine: FolderMachine;
  readonly states: StateScene;
  readonly #own = new DisposableStack();
  readonly #clock = new FakeClock();

  constructor({ schema = "6.0", root, data, server, agentId }: InventorySceneOptions = {}) {
    root ??= this.#own.use(new TempFolder());
    data ??= this.#own.use(new TempFolder());
    this.machine = new FolderMachine(root.path);
    this.states = this.#own.use(
      new StateScene(data, {
        agentId: agentId ?? "0190a0b0-0000-7000-8000-000000000001",
        server: server ?? new DocumentServer(),
        clock: this.#clock,
      }),
    );
    this.states.options = { ...this.states.options, schema };
  }

  get clock(): FakeClock {
    return this.#clock;
  }

  /** Writes a file of the machine. */
  write(path: string, content: string | Uint8Array): void {
    const file = this.machine.real(path);
    Deno.mkdirSync(dirname(file), { recursive: true });
    if (typeof content === "string") Deno.writeTextFileSync(file, content);
    else Deno.writeFileSync(file, content);
  }

  remove(path: string): void {
    Deno.removeSync(this.machine.real(path), { recursive: true });
  }

  /** Makes the module with a section. */
  make(section: Section = {}): Inventory {
    const options = z.strictObject(inventory.options).parse({ ...SECTION, ...section });
    const counters = Object.values(COUNTERS).flat();
    this.states.declaration = { isActive: true, counters, hasTimestamp: true };
    return buildInventory(options, {
      clock: this.#clock,
      log: getLogger(["test"]),
      states: new ModuleStateKeeper(this.states.core, "inventory"),
    }, this.machine);
  }

  /** Scans and delivers. */
  async scan(module: Inventory): Promise<void> {
    await module.scan(this.states.signal);
    await this.states.deliver();
  }

  /** The documents that the server has of a collector. */
  shown(collector = "packages"): Record<string, unknown>[] {
    return [...this.states.server.of("inventory", collector).values()];
  }

  /** Names and versions of the packages that the server has. */
  packages(): string[] {
    return this.shown().map(({ package: one }) => one as { name: string; version: string })
      .map(({ name, version }) => `${name} ${version}`).sort();
  }

  /** The stateless events that wait, and takes them. */
  async told(): Promise<Record<string, unknown>[]> {
    return await this.states.told() as Record<string, unknown>[];
  }

  [Symbol.dispose](): void {
    this.#own.dispose();
  }
}
