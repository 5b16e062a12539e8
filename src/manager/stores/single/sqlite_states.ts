/**
 * States of the agents of one manager: in its database, in one transaction with what is announced of them. So whatever moment the
 * manager is killed at, a change is both remembered and announced, or neither, and is then found again.
 *
 * @module
 */

import { transaction } from "../../../shared/sqlite/transaction.ts";
import type { Announcer } from "../../keep_alive/announcement.ts";
import type { Store } from "../../store.ts";
import type { StateChanges, States } from "../states.ts";

/** The states of a {@linkcode Store}. */
export class SqliteStates implements States {
  readonly #store: Pick<Store, "database" | "agentStates">;
  readonly #announcer: Announcer | undefined;

  /** @param announcer `undefined` when nobody wants to know */
  constructor(
    store: Pick<Store, "database" | "agentStates">,
    announcer: Announcer | undefined,
  ) {
    this.#store = store;
    this.#announcer = announcer;
  }

  // Written when this returns, not only when it resolves: views read the table right after it.
  // deno-lint-ignore require-await
  async save({ states, findings = [] }: StateChanges): Promise<void> {
    const { database, agentStates } = this.#store;
    const tell = transaction(database, () => {
      if (states.length > 0) agentStates.save(states);
      return findings.length > 0 ? this.#announcer?.announce(findings) : undefined;
    });
    tell?.();
  }
}
