/**
 * What keeps the states of the modules, built from the configuration, the queue and the link to the server.
 *
 * @module
 */

import type { StateStatus } from "../../shared/protocol/part_status.ts";
import type { Clock } from "../../shared/clock.ts";
import { sentStates } from "../../shared/protocol/stateful_headers.ts";
import { v7 as uuidv7 } from "uuid";
import type { CommsClient } from "../comms/comms_client.ts";
import { type AgentConfig, moduleOptions } from "../config/schema.ts";
import type { Module } from "../modules/module.ts";
import type { StateKeeper } from "../modules/states.ts";
import type { Queue } from "../queue/queue.ts";
import type { AnsweredEvents, OpenTransaction } from "../queue/types.ts";
import { adoptStates } from "../state/adopt_states.ts";
import { noteAnswers } from "../state/answered_states.ts";
import { StateCore } from "../state/state_core.ts";
import { ModuleStateKeeper } from "../state/state_keeper.ts";
import { stateStatuses } from "../state/state_status.ts";
import { StateUpkeep } from "../state/state_upkeep.ts";
import type { SourceDeclaration, StateServer } from "../state/types.ts";
import type { AgentLineSource } from "./agent_line.ts";

/** Passes a server's answers on to the states, which are built after the queue that has the answers. */
export class StateAnswers {
  #core: StateCore | undefined;

  /** For `QueueOptions.onAnswered`. */
  readonly note = (answered: AnsweredEvents, transaction: OpenTransaction): void => {
    if (this.#core !== undefined) noteAnswers(this.#core, answered, transaction);
  };

  /** From now on `core` is told. */
  tell(core: StateCore): void {
    this.#core = core;
  }
}

/** What the states are built on. */
interface StateDeps {
  /** The configuration in force. */
  config: () => AgentConfig;
  modules: readonly Module[];
  queue: Queue;
  clock: Clock;
  agentId: string;
  client: CommsClient;
  agentLine: Pick<AgentLineSource, "text">;
  answers: StateAnswers;
}

/** The states of all modules, and what is done for them in the background. */
export class AgentStates {
  readonly core: StateCore;
  readonly upkeep: StateUpkeep;
  readonly #modules: readonly Module[];
  readonly #queue: Queue;

  constructor({ config, modules, queue, clock, agentId, client, agentLine, answers }: StateDeps) {
    this.#modules = modules;
    this.#queue = queue;
    this.core = new StateCore({
      queue,
      clock,
      agentId,
      options: () => stateOptions(config()),
      declarationOf: ({ module, collector }) =>
        declarationOf(modules, config(), { module, collector }),
    });
    this.upkeep = new StateUpkeep(this.core, stateServer(client, agentLine));
    answers.tell(this.core);
  }

  /** Forgets what was told under another identity. Before anything else is done with states. */
  async adopt(): Promise<void> {
    await adoptStates(
      this.core,
      (withdrawal) => this.#queue.transact(({ withdraw }) => withdraw(withdrawal)),
    );
  }

  /** Rises with each state that is read to be compared. */
  get rowsRead(): number {
    return this.core.look((store) => store.states.rowsRead);
  }

  /** How the documents of a module stand; `undefined` when it declares none. */
  statusOf(name: string): StateStatus[] | undefined {
    const module = this.#modules.find((one) => one.name === name);
    return module?.states && stateStatuses(this.core, name);
  }

  /** The states of a module; `undefined` when it declares none. */
  keeperFor(name: string): StateKeeper | undefined {
    const module = this.#modules.find((one) => one.name === name);
    return module?.states && new ModuleStateKeeper(this.core, name);
  }
}

/** The members of documents whose change is none, as the modules declare them. */
export function countersIn(modules: readonly Module[]) {
  return ({ module, collector }: { module: string; collector: string }): readonly string[] =>
    modules.find(({ name }) => name === module)?.states?.counters?.[collector] ?? [];
}

function stateOptions({ stateful }: AgentConfig) {
  return {
    schema: stateful.schema,
    window: stateful.window,
    integrityIntervalMs: stateful.integrity_interval,
    resync: stateful.resync,
  };
}

function declarationOf(
  modules: readonly Module[],
  config: AgentConfig,
  { module: name, collector }: { module: string; collector: string },
): SourceDeclaration | undefined {
  const states = modules.find((module) => module.name === name)?.states;
  if (states === undefined) return undefined;
  const options = moduleOptions(config, name);
  return {
    isActive: options.enabled &&
      states.collectors(options, config.stateful.schema).includes(collector),
    counters: countersIn(modules)({ module: name, collector }),
    hasTimestamp: states.hasTimestamp ?? true,
    ...(states.unpack && { unpack: (state) => states.unpack?.(collector, state) ?? {} }),
  };
}

/** What is asked of the server beside the queue. */
function stateServer(
  client: CommsClient,
  agentLine: Pick<AgentLineSource, "text">,
): StateServer {
  const post = (lines: string, signal: AbortSignal) => {
    const body = new TextEncoder().encode(agentLine.text() + lines);
    return client.postEvents("stateful", {
      body,
      encoding: "identity",
      states: () => sentStates(body),
      ...(lines !== "" && { idempotencyKey: uuidv7() }),
    }, { signal });
  };
  return {
    send: post,
    probe: (signal) => post("", signal),
    compare: ({ module, collector }, buckets, signal) =>
      client.compareStates({ module, collector, buckets: [...buckets] }, signal),
  };
}
