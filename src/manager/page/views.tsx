/**
 * The routes of the views: what each shows is gathered here, from what the management API shows too.
 *
 * @module
 */

import type { Context, Hono } from "hono";
import type { Clock } from "../../shared/clock.ts";
import type { CommandManager } from "../commands/command_manager.ts";
import type { PollRegistry } from "../commands/poll_registry.ts";
import type { FlowMeter } from "../events/flow_meter.ts";
import type { RequestCounter } from "../http/request_counter.ts";
import { ROUTES } from "../http/routes.ts";
import type { KeepAlive } from "../keep_alive/keep_alive.ts";
import { parseAgentQuery } from "../management_api/agent_parameters.ts";
import type { PublisherStats } from "../nats/publisher.ts";
import type { Store } from "../store.ts";
import type { Duty } from "../stores/membership.ts";
import type { Stores } from "../stores/stores.ts";
import { Fleet } from "./fleet.tsx";
import { fleetCounts } from "./fleet_counts.ts";
import { Flow } from "./flow.tsx";
import { shell, type ShellOptions } from "./layout.tsx";
import { Nodes } from "./nodes.tsx";
import type { PageEnv } from "./session.ts";

const DUTIES: readonly Duty[] = ["deadlines", "takeover"];

/** What the views show. */
export interface ViewDeps {
  clock: Clock;
  commands: CommandManager;
  flow: FlowMeter;
  keepAlive: KeepAlive;
  polls: PollRegistry;
  publisher?: { stats(): PublisherStats };
  requests: RequestCounter;
  /** Milliseconds since 1970. */
  startedAtMs: number;
  store: Store;
  stores: Stores;
}

/** What a view is shown in beside its own: the user, and what stands on every view. */
type Frame = Pick<ShellOptions, "user" | "counts" | "troubles">;

/** Adds the views; `openPages` is how many browsers follow. */
export function addViews(page: Hono<PageEnv>, deps: ViewDeps, openPages: () => number): void {
  const frame = (c: Context<PageEnv>): Frame => ({
    user: c.get("user"),
    counts: fleetCounts(deps.keepAlive, deps.clock.now()),
    troubles: troublesOf(deps),
  });
  page.get(ROUTES.pageFleet.path, (c) => c.html(showFleet(deps, givenIn(c), frame(c))));
  page.get(ROUTES.pageFlow.path, (c) => c.html(showFlow(deps, frame(c))));
  page.get(ROUTES.pageNodes.path, (c) => c.html(showNodes(deps, frame(c), openPages())));
}

/** What keeps the manager from a part of its work, now. */
export function troublesOf({ publisher }: Pick<ViewDeps, "publisher">): string[] {
  const nats = publisher?.stats().nats ?? null;
  return nats !== null && nats.connected_to === null
    ? ["The NATS server cannot be reached: states are announced once it is back."]
    : [];
}

function showFleet(
  { clock, keepAlive }: ViewDeps,
  parameters: Record<string, string>,
  frame: Frame,
) {
  const nowMs = clock.now();
  const { views } = keepAlive;
  const query = parseAgentQuery(valuesOf({ order: "contact", ...parameters }), nowMs);
  const { agents, next } = views.list(query);
  const model = { parameters, agents, next, counts: frame.counts, nowMs };
  const facets = {
    matching: views.count(query),
    versions: views.versions(),
    groups: views.groups(),
  };
  const children = Fleet({ ...model, ...facets });
  return shell({ ...frame, title: "Fleet", view: "Fleet", children });
}

function showFlow({ clock, flow, store, requests, startedAtMs }: ViewDeps, frame: Frame) {
  const children = Flow({
    stored: {
      stateless: store.events.count("stateless"),
      stateful: store.events.count("stateful"),
    },
    repeats: store.events.duplicatesSuppressed(),
    totals: flow.totals(),
    startedAtMs,
    seconds: flow.seconds(),
    requests: requests.snapshot(),
    losses: flow.losses(),
    nowMs: clock.now(),
  });
  return shell({ ...frame, title: "Flow", view: "Flow", plots: true, children });
}

function showNodes(
  { clock, polls, publisher, store, stores: { members } }: ViewDeps,
  frame: Frame,
  openPages: number,
) {
  const children = Nodes({
    self: members.node,
    members: members.live(),
    duties: DUTIES.filter((duty) => members.holds(duty)),
    openPolls: polls.size,
    openPages,
    documents: store.documents.total(),
    databaseBytes: store.bytes(),
    memoryBytes: Deno.memoryUsage().rss,
    publisher: publisher?.stats(),
    nowMs: clock.now(),
  });
  return shell({ ...frame, title: "Nodes", view: "Nodes", children });
}

/** The parameters of a request; those of a form that were left empty are none. */
function givenIn(c: Context<PageEnv>): Record<string, string> {
  return Object.fromEntries(Object.entries(c.req.query()).filter(([, value]) => value !== ""));
}

function valuesOf(parameters: Readonly<Record<string, string>>): Record<string, string[]> {
  return Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, [value]]));
}
