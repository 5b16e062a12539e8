/**
 * The module `listing`: keeps a document for each file of a folder, with what is in it.
 *
 * @module
 */

import type { Collector } from "../../../../src/agent/modules/collector.ts";
import { defineModule, type ModuleContext } from "../../../../src/agent/modules/module.ts";
import * as field from "../../../../src/shared/config/fields.ts";

export const listing = defineModule({
  name: "listing",
  about: "Keeps a document for each file of a folder.",
  options: {
    enabled: field.toggle({ default: false, about: "Whether files are listed." }),
    folder: field.path({ default: "/tmp", about: "The folder." }),
  },
  states: { collectors: ({ enabled }) => enabled ? ["files"] : [] },
  create: ({ folder }, context) => new Listing(folder, context),
});

class Listing implements Collector {
  readonly #folder: string;
  readonly #context: ModuleContext;

  constructor(folder: string, context: ModuleContext) {
    this.#folder = folder;
    this.#context = context;
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.scan(signal).catch((error) => {
        if (!signal.aborted) throw error;
      });
      await this.#context.clock.sleep(20, signal).catch(() => {});
    }
  }

  async scan(signal: AbortSignal): Promise<void> {
    const { states } = this.#context;
    if (states === undefined) throw new Error("The module keeps no states");
    const names = Array.from(Deno.readDirSync(this.#folder), ({ name }) => name).sort();
    const items = names.map((name) => ({
      key: name,
      id: states.documentId(name),
      document: { file: { content: Deno.readTextFileSync(`${this.#folder}/${name}`), name } },
    }));
    await states.scan("files", items, { signal });
  }

  report() {
    return { details: {} };
  }
}
