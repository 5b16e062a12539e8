/**
 * What the views are made of, and what each is shown in.
 *
 * @module
 */

import type { Context } from "hono";
import type { Clock } from "../../shared/clock.ts";
import type { BulkOutputStats } from "../bulk_output/bulk_writer.ts";
import type { ClusterOverview } from "../cluster/overview.ts";
import type { CommandManager } from "../commands/command_manager.ts";
import type { PollRegistry } from "../commands/poll_registry.ts";
import type { FlowMeter } from "../events/flow_meter.ts";
import type { RequestCounter } from "../http/request_counter.ts";
import type { KeepAlive } from "../keep_alive/keep_alive.ts";
import type { PublisherStats } from "../nats/publisher.ts";
import type { Trouble } from "../readiness.ts";
import type { Store } from "../store.ts";
import type { Stores } from "../stores/stores.ts";
import type { ShellOptions } from "./layout.tsx";
import type { PageEnv } from "./session.ts";

/** What the views show. */
export interface ViewDeps {
  clock: Clock;
  /** A manager that is alone has none. */
  cluster: {
    trouble(): Trouble | undefined;
    overview(): Promise<ClusterOverview | undefined>;
  };
  commands: CommandManager;
  flow: FlowMeter;
  keepAlive: KeepAlive;
  polls: PollRegistry;
  publisher?: { stats(): PublisherStats };
  output?: { stats(): BulkOutputStats };
  requests: RequestCounter;
  /** Milliseconds since 1970. */
  startedAtMs: number;
  store: Store;
  stores: Stores;
}

/** What a view is shown in beside its own: the user, and what stands on every view. */
export type Frame = Pick<ShellOptions, "user" | "counts" | "troubles">;

/** The parameters of a request; those of a form that were left empty are none. */
export function givenIn(c: Context<PageEnv>): Record<string, string> {
  return Object.fromEntries(Object.entries(c.req.query()).filter(([, value]) => value !== ""));
}

/** The same as the API has them: every value of each parameter. */
export function valuesOf(parameters: Readonly<Record<string, string>>): Record<string, string[]> {
  return Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, [value]]));
}
