/**
 * The routes of the views: what each shows is gathered here, from what the management API shows too.
 *
 * @module
 */

import type { Context, Hono } from "hono";
import { ROUTES } from "../http/routes.ts";
import { parseAgentQuery } from "../management_api/agent_parameters.ts";
import type { Trouble } from "../readiness.ts";
import type { MemberState } from "../stores/membership.ts";
import { showAgent, showDocuments } from "./agent_routes.tsx";
import { Fleet } from "./fleet.tsx";
import { moment } from "./format.ts";
import { fleetCounts } from "./fleet_counts.ts";
import { Flow } from "./flow.tsx";
import { shell } from "./layout.tsx";
import { Nodes } from "./nodes.tsx";
import { showOrderList, showOrders } from "./order_routes.tsx";
import type { PageEnv } from "./session.ts";
import { type Frame, givenIn, valuesOf, type ViewDeps } from "./view_deps.ts";

/** Adds the views; `openPages` is how many browsers follow. */
export function addViews(page: Hono<PageEnv>, deps: ViewDeps, openPages: () => number): void {
  const frame = (c: Context<PageEnv>): Frame => ({
    user: c.get("user"),
    counts: fleetCounts(deps.keepAlive, deps.clock.now()),
    troubles: troublesOf(deps),
  });
  page.get(ROUTES.pageFleet.path, (c) => c.html(showFleet(deps, givenIn(c), frame(c))));
  page.get(
    ROUTES.pageAgent.path,
    async (c) => c.html(await showAgent(deps, c.req.param("id") ?? "", frame(c))),
  );
  page.get(
    ROUTES.pageDocuments.path,
    (c) =>
      c.html(showDocuments(deps, { id: c.req.param("id") ?? "", given: givenIn(c) }, frame(c))),
  );
  page.get(ROUTES.pageOrders.path, (c) => c.html(showOrders(deps, givenIn(c), frame(c))));
  page.get(ROUTES.pageOrderList.path, (c) => c.html(showOrderList(deps, givenIn(c), frame(c))));
  page.get(ROUTES.pageFlow.path, (c) => c.html(showFlow(deps, frame(c))));
  page.get(
    ROUTES.pageNodes.path,
    async (c) => c.html(await showNodes(deps, frame(c), openPages())),
  );
}

/** What of the manager may be in trouble. */
interface TroubleSources extends Pick<ViewDeps, "publisher" | "output"> {
  cluster: Pick<ViewDeps["cluster"], "trouble">;
}

/** What keeps the manager from a part of its work, now. */
export function troublesOf(
  { cluster, publisher, output }: TroubleSources,
): string[] {
  const nats = publisher?.stats().nats ?? null;
  const index = output?.stats().last_error ?? null;
  const broker = cluster.trouble();
  const all = [
    broker === undefined || brokerIsAway(broker),
    nats === null || nats.connected_to !== null ||
    "The NATS server cannot be reached: states are announced once it is back.",
    index === null || `The index does not take events, which wait here: ${index}`,
  ];
  return all.filter((one) => one !== true);
}

function brokerIsAway({ message, sinceMs }: Trouble): string {
  const since = moment(new Date(sinceMs).toISOString());
  return `The broker is away since ${since}: ${message}. Events, registrations and orders are ` +
    "refused until it is back; agents keep theirs.";
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

function showFlow(
  { clock, flow, store, requests, startedAtMs, stores: { members } }: ViewDeps,
  frame: Frame,
) {
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
    node: isCluster(members.states()) ? members.node : undefined,
  });
  return shell({ ...frame, title: "Flow", view: "Flow", plots: true, children });
}

/** A manager that is alone has no lease. */
function isCluster(states: readonly MemberState[]): boolean {
  return states.some(({ leaseAgeMs }) => leaseAgeMs !== null);
}

async function showNodes(
  { clock, cluster, polls, publisher, store, stores: { members } }: ViewDeps,
  frame: Frame,
  openPages: number,
) {
  const states = members.states();
  const children = Nodes({
    self: members.node,
    members: states,
    isCluster: isCluster(states),
    overview: await cluster.overview(),
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
