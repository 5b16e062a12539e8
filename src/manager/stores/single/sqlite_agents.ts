/**
 * Agents and enrolment tokens of one manager: in its database.
 *
 * @module
 */

import type { NewAgent, RegistrationOutcome } from "../../agents/agents.ts";
import type { Enrollment, NewEnrollment } from "../../agents/enrollments.ts";
import type { Store } from "../../store.ts";
import type { Admission, Agents, Enrollments } from "../agents.ts";

/** Undoes the transaction of a registration. */
class TokenUsedUp extends Error {}

/** The agents of a {@linkcode Store}. */
export class SqliteAgents implements Agents {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  // deno-lint-ignore require-await
  async add(
    agent: NewAgent,
    { enrollmentId, replaces }: Admission = {},
  ): Promise<RegistrationOutcome | "token used up"> {
    const { agents, enrollments } = this.#store;
    const alongside = () => {
      if (enrollmentId !== undefined && !enrollments.use(enrollmentId)) throw new TokenUsedUp();
    };
    try {
      return agents.add(agent, { alongside, replaces });
    } catch (error) {
      if (error instanceof TokenUsedUp) return "token used up";
      throw error;
    }
  }

  remove(id: string): Promise<boolean> {
    return Promise.resolve(this.#store.agents.remove(id));
  }

  has(id: string): Promise<boolean> {
    return Promise.resolve(this.#store.agents.has(id));
  }

  checkKey(id: string, key: string): Promise<"ok" | "unknown agent" | "wrong key"> {
    return Promise.resolve(this.#store.agents.checkKey(id, key));
  }

  nameOf(id: string): Promise<string | undefined> {
    return Promise.resolve(this.#store.agents.nameOf(id));
  }
}

/** The enrolment tokens of a {@linkcode Store}. */
export class SqliteEnrollments implements Enrollments {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  add(token: NewEnrollment, nowMs: number): Promise<{ id: string; token: string }> {
    return Promise.resolve(this.#store.enrollments.add(token, nowMs));
  }

  find(token: string, nowMs: number): Promise<Enrollment | undefined> {
    return Promise.resolve(this.#store.enrollments.find(token, nowMs));
  }

  list(): Promise<Enrollment[]> {
    return Promise.resolve(this.#store.enrollments.list());
  }

  remove(id: string): Promise<boolean> {
    return Promise.resolve(this.#store.enrollments.remove(id));
  }
}
