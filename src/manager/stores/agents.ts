/**
 * Where the registered agents are kept, and the tokens that allow a registration.
 *
 * @module
 */

import type { NewAgent, RegistrationOutcome } from "../agents/agents.ts";
import type { Enrollment, NewEnrollment } from "../agents/enrollments.ts";

/** How an agent is admitted. */
export interface Admission {
  /** Id of the enrolment token that one use is taken of. */
  enrollmentId?: string | undefined;
  /** Id of the agent whose place the new one takes: it is removed. */
  replaces?: string | undefined;
}

/** Keeps the agents. */
export interface Agents {
  /**
   * Registers an agent, with nothing changed unless the outcome is `added`. An agent whose answer was lost asks again with the id
   * and the key that it has: `repeated`.
   */
  add(agent: NewAgent, admission?: Admission): Promise<RegistrationOutcome | "token used up">;
  /** Removes an agent and all that is kept of it. False when there is none. */
  remove(id: string): Promise<boolean>;
  /** True when an agent with this id is registered. */
  has(id: string): Promise<boolean>;
  /** Whether `key` is the key of agent `id`. */
  checkKey(id: string, key: string): Promise<"ok" | "unknown agent" | "wrong key">;
  /** The name of an agent. */
  nameOf(id: string): Promise<string | undefined>;
}

/** Keeps the enrolment tokens. */
export interface Enrollments {
  /** Makes a token; its text is returned this once. Expired ones are forgotten. */
  add(token: NewEnrollment, nowMs: number): Promise<{ id: string; token: string }>;
  /** The token of this text, used up or not; `undefined` when it is unknown or has expired. */
  find(token: string, nowMs: number): Promise<Enrollment | undefined>;
  /** All that have not been forgotten, oldest first. */
  list(): Promise<Enrollment[]>;
  /** Ends a token. False when there is none. */
  remove(id: string): Promise<boolean>;
}
