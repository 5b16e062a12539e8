import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Clock } from "../../../shared/clock.ts";
import type { EndedSessions } from "../ended_sessions.ts";

/** The ended sessions of one manager: in its database, so that none is good again after a restart. */
export class SqliteEndedSessions implements EndedSessions {
  readonly #clock: Pick<Clock, "now">;
  readonly #find: StatementSync;
  readonly #add: StatementSync;
  readonly #forget: StatementSync;

  constructor(database: DatabaseSync, clock: Pick<Clock, "now">) {
    this.#clock = clock;
    this.#find = database.prepare("SELECT 1 FROM ended_sessions WHERE id = ?");
    this.#add = database.prepare("INSERT OR REPLACE INTO ended_sessions (id, until) VALUES (?, ?)");
    this.#forget = database.prepare("DELETE FROM ended_sessions WHERE until <= ?");
  }

  has(id: string): boolean {
    return this.#find.get(id) !== undefined;
  }

  end(id: string, untilMs: number): Promise<void> {
    this.#forget.run(this.#clock.now());
    this.#add.run(id, untilMs);
    return Promise.resolve();
  }
}
