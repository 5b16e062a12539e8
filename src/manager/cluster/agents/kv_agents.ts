/**
 * The agents on the cluster: `id.<agent>` is the registration, `name.<name>` makes its name one of its kind.
 *
 * A registration reserves the name, takes a use of the enrolment token, and makes the agent. What a crash leaves in between does no harm:
 * a use that was taken is the agent's when it asks again, and a name that no agent got is free after a minute.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { NewAgent, RegistrationOutcome } from "../../agents/agents.ts";
import type { Clock } from "../../../shared/clock.ts";
import { matchesSecret } from "../../secrets.ts";
import type { Store } from "../../store.ts";
import type { Admission, Agents } from "../../stores/agents.ts";
import { type AgentDocument, agentDocument, agentRow, secretOf } from "./agent_documents.ts";
import type { Bucket, Entry } from "../link/bucket.ts";
import type { KvEnrollments } from "./kv_enrollments.ts";
import type { TurnTransaction } from "../link/turn_transaction.ts";

const RESERVED_MS = 60_000;

/** Who has a name. */
export interface NameDocument {
  id: string;
  /** Milliseconds since 1970. */
  at: number;
}

/** What {@linkcode KvAgents} works with. */
interface KvAgentsParts {
  bucket: Bucket<AgentDocument>;
  names: Bucket<NameDocument>;
  enrollments: Pick<KvEnrollments, "use">;
  /** What this node knows. */
  store: Store;
  together: TurnTransaction;
  clock: Clock;
  /** Removes what else is kept of an agent. */
  forget(id: string): Promise<void>;
  /** Told of each agent that this node has not known before. */
  onAdded(id: string): void;
  /** Told of each agent that is no more, whoever removed it. */
  onRemoved(id: string): void;
}

/** The agents of a cluster. */
export class KvAgents implements Agents {
  readonly #parts: KvAgentsParts;
  /** Of each agent that this node knows: what came later is not undone by what came before. */
  readonly #revisions = new Map<string, number>();
  /** Those that are registered: asked for each request. */
  readonly #there = new Set<string>();

  constructor(parts: KvAgentsParts) {
    this.#parts = parts;
  }

  /** Follows the agents. */
  follow() {
    return this.#parts.bucket.follow("id.*", (entry) => this.#take(entry), this.#parts.together);
  }

  async add(
    agent: NewAgent,
    { enrollmentId, replaces }: Admission = {},
  ): Promise<RegistrationOutcome | "token used up"> {
    const before = (await this.#parts.bucket.get(idKey(agent.id))).value;
    if (before !== undefined) return known(before, agent);
    if (!await this.#reserve(agent, replaces)) return "name taken";
    if (enrollmentId !== undefined && !await this.#parts.enrollments.use(enrollmentId, agent.id)) {
      await this.#release(agent);
      return "token used up";
    }
    const document = agentDocument(agent);
    const entry = await this.#parts.bucket.change(
      idKey(agent.id),
      (there) => there === undefined ? document : undefined,
    );
    if (!entry.changed && entry.value !== undefined) return known(entry.value, agent);
    if (replaces !== undefined) await this.remove(replaces);
    this.#take(entry);
    return "added";
  }

  async remove(id: string): Promise<boolean> {
    let name: string | undefined;
    const entry = await this.#parts.bucket.change(idKey(id), (there) => {
      name = there?.name;
      return there === undefined ? undefined : null;
    });
    if (name !== undefined) await this.#release({ id, name });
    await this.#parts.forget(id);
    this.#take(entry);
    return entry.changed;
  }

  async has(id: string): Promise<boolean> {
    return this.#there.has(id) || await this.#lookUp(id) !== undefined;
  }

  async checkKey(id: string, key: string): Promise<"ok" | "unknown agent" | "wrong key"> {
    const result = this.#parts.store.agents.checkKey(id, key);
    if (result === "ok") return result;
    // It may have been registered at another node a moment ago, or anew.
    const agent = await this.#lookUp(id);
    if (agent === undefined) return "unknown agent";
    return matchesSecret(key, secretOf(agent)) ? "ok" : "wrong key";
  }

  async nameOf(id: string): Promise<string | undefined> {
    return this.#parts.store.agents.nameOf(id) ?? (await this.#lookUp(id))?.name;
  }

  /** Makes `groups` the complete list of an agent. */
  async setGroups(id: string, groups: readonly string[]): Promise<void> {
    const entry = await this.#parts.bucket.change(idKey(id), (there) => {
      if (there === undefined || String(there.groups) === String(groups)) return undefined;
      return { ...there, groups };
    });
    this.#take(entry);
  }

  async #lookUp(id: string): Promise<AgentDocument | undefined> {
    const entry = await this.#parts.bucket.get(idKey(id));
    this.#take(entry);
    return entry.value;
  }

  /** Returns false when another agent has the name. */
  async #reserve({ id, name }: NewAgent, replaces: string | undefined): Promise<boolean> {
    const { names, clock } = this.#parts;
    const key = nameKey(name);
    const known = await names.get(key);
    const owner = known.value?.id;
    if (
      owner !== undefined && owner !== id && owner !== replaces &&
      !await this.#isLeftOver(known.value)
    ) {
      return false;
    }
    const { value } = await names.change(
      key,
      (there) => there?.id === owner ? { id, at: clock.now() } : undefined,
      known,
    );
    return value?.id === id;
  }

  async #isLeftOver(name: NameDocument | undefined): Promise<boolean> {
    if (name === undefined) return true;
    const isOld = this.#parts.clock.now() - name.at > RESERVED_MS;
    return isOld && (await this.#parts.bucket.get(idKey(name.id))).value === undefined;
  }

  async #release({ id, name }: { id: string; name: string }): Promise<void> {
    await this.#parts.names.change(nameKey(name), (there) => there?.id === id ? null : undefined);
  }

  #take({ key, value, revision }: Entry<AgentDocument>): void {
    const id = key.slice(idKey("").length);
    if (revision <= (this.#revisions.get(id) ?? 0)) return;
    this.#revisions.set(id, revision);
    const { agents } = this.#parts.store;
    const isKnown = this.#there.has(id);
    if (value === undefined) {
      this.#there.delete(id);
      if (agents.remove(id)) this.#parts.onRemoved(id);
      return;
    }
    agents.put(agentRow(value));
    this.#there.add(id);
    if (!isKnown) this.#parts.onAdded(id);
  }
}

function known(there: AgentDocument, { key, name }: NewAgent): RegistrationOutcome {
  return there.name === name && matchesSecret(key, secretOf(there)) ? "repeated" : "id taken";
}

function idKey(id: string): string {
  return `id.${id}`;
}

function nameKey(name: string): string {
  return `name.${Buffer.from(name).toString("base64url")}`;
}
