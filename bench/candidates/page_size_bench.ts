/**
 * Page size of the database: how many pages a chunk of 350 KB takes, and how much of a page a chunk
 * of one event leaves empty.
 *
 * Timed: append, claim, body and acknowledge of 100,000 events in groups of 1,000, and of 300
 * events one at a time; durability `full`.
 *
 * @module
 */

import { benchQueue } from "./support/queue_work.ts";

const PAGE_BYTES = [4_096, 8_192, 16_384, 32_768, 65_536];

for (const pageBytes of PAGE_BYTES) {
  const tuning = {
    name: `pages of ${pageBytes}`,
    baseline: pageBytes === 4_096,
    file: `PRAGMA page_size = ${pageBytes}`,
  };
  benchQueue({ ...tuning, group: "even load" }, {
    groupEvents: 1_000,
    groups: 100,
    order: "through",
  });
  benchQueue({ ...tuning, group: "backlog" }, {
    groupEvents: 1_000,
    groups: 100,
    order: "backlog",
  });
  benchQueue({ ...tuning, group: "single events" }, {
    groupEvents: 1,
    groups: 300,
    order: "through",
  });
}
