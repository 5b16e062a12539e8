/**
 * How commits reach the disk: when the write-ahead log is copied into the database, what a commit
 * waits for, and other journals.
 *
 * Timed: append, claim, body and acknowledge of 100,000 events in groups of 1,000 (200,000 as a
 * backlog, which is more than the largest log holds), and of 150 events one at a time.
 *
 * @module
 */

import { benchQueue } from "./support/queue_work.ts";
import type { Tuning } from "./support/tuned_queue.ts";

const CANDIDATES: Record<string, Tuning> = {
  "FULL, checkpoint at 1,000 pages": {},
  "FULL, checkpoint at 4,000 pages": { connection: "PRAGMA wal_autocheckpoint = 4000" },
  "FULL, checkpoint at 16,000 pages": { connection: "PRAGMA wal_autocheckpoint = 16000" },
  "FULL, no checkpoint": { connection: "PRAGMA wal_autocheckpoint = 0" },
  "NORMAL, checkpoint at 1,000 pages": { durability: "normal" },
  "NORMAL, checkpoint at 4,000 pages": {
    durability: "normal",
    connection: "PRAGMA wal_autocheckpoint = 4000",
  },
  "FULL, exclusive locking": { connection: "PRAGMA locking_mode = EXCLUSIVE" },
  "FULL, journal TRUNCATE": { connection: "PRAGMA journal_mode = TRUNCATE" },
};

for (const [name, tuning] of Object.entries(CANDIDATES)) {
  const candidate = { name, baseline: Object.keys(tuning).length === 0, ...tuning };
  benchQueue({ ...candidate, group: "even load" }, {
    groupEvents: 1_000,
    groups: 100,
    order: "through",
    warm: true,
  });
  benchQueue({ ...candidate, group: "backlog" }, {
    groupEvents: 1_000,
    groups: 200,
    order: "backlog",
  });
  benchQueue({ ...candidate, group: "single events" }, {
    groupEvents: 1,
    groups: 150,
    order: "through",
    warm: true,
  });
}
