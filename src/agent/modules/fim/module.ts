/**
 * The module `fim`: the server shows files, and people are told what changed in them. See docs/fim.md.
 *
 * @module
 */

import { defineModule } from "../module.ts";
import { MIGRATIONS } from "./diff/text_migrations.ts";
import { FIM_OPTIONS } from "./options.ts";
import { unpackDocument } from "./record/document.ts";

/** Keeps a document at the server for each file of the watched folders. */
export const fim = defineModule({
  name: "fim",
  about: "Shows files at the server, and tells what changed in them, when, and who did it.",
  options: FIM_OPTIONS,
  platforms: ["linux", "darwin"],
  startsPrograms: true,
  lostWithoutLibc: "files whose names are not UTF-8, changes seen without gaps, and who made them",
  migrations: MIGRATIONS,
  states: {
    collectors: () => ["file"],
    // It is made of the others.
    counters: { file: ["checksum"] },
    hasTimestamp: false,
    unpack: (_, { key, data }) => unpackDocument(key, data),
  },
  checks: () => [{
    id: "directories",
    option: "directories",
    run: async (options) => (await import("./checks.ts")).checkDirectories(options),
  }, {
    id: "realtime",
    option: "realtime",
    run: async (options) => (await import("./check_realtime.ts")).checkRealtime(options),
  }],
  async create(options, context) {
    const { createFim } = await import("./create.ts");
    return createFim(options, context);
  },
});
