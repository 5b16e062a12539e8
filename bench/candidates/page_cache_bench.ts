/**
 * SQLite's page cache, and reading through a memory map in its place.
 *
 * Timed: as in `page_size_bench.ts`, with a backlog, so that bodies are read from the file.
 *
 * @module
 */

import { benchQueue } from "./support/queue_work.ts";

const CANDIDATES = {
  "cache of 2 MB, no map": undefined,
  "cache of 256 KB": "PRAGMA cache_size = -256",
  "cache of 16 MB": "PRAGMA cache_size = -16384",
  "map of 256 MB": "PRAGMA mmap_size = 268435456",
};

for (const [name, connection] of Object.entries(CANDIDATES)) {
  benchQueue({
    name,
    group: "page cache",
    baseline: connection === undefined,
    ...(connection !== undefined && { connection }),
  }, { groupEvents: 1_000, groups: 100, order: "backlog" });
}
