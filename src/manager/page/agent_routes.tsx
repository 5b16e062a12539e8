/**
 * Gathers what the views of one agent show.
 *
 * @module
 */

import { endedWithin } from "../ended_within.ts";
import type { StoredBatch } from "../events/batch_views.ts";
import { ApiError } from "../http/api_error.ts";
import { parseLimit, parseParameters } from "../http/paging.ts";
import type { AgentDocument } from "../keep_alive/agent_views.ts";
import { documentCursor, parseDocumentCursor } from "../management_api/state_api.ts";
import { toldStatus } from "../management_api/told_status.ts";
import { Agent } from "./agent.tsx";
import { Documents } from "./documents.tsx";
import { shell } from "./layout.tsx";
import { type Frame, valuesOf, type ViewDeps } from "./view_deps.ts";

/** So many of each kind are shown: the newest. */
const NEWEST = 10;
const BATCHES_WITHIN_MS = 500;
const DOCUMENT_PARAMETERS = ["module", "collector", "limit", "cursor"] as const;

/** @throws ApiError 404 when there is no such agent */
function findAgent({ keepAlive }: ViewDeps, id: string): AgentDocument {
  const agent = keepAlive.views.find(id.toLowerCase());
  if (agent === undefined) throw new ApiError(404, `No agent "${id}"`);
  return agent;
}

/** One agent. */
export async function showAgent(deps: ViewDeps, id: string, frame: Frame) {
  const { clock, commands: { views }, flow, store } = deps;
  const agent = findAgent(deps, id);
  const agentId = agent.id;
  const count = (status: "pending" | "sent" | "failure") => views.count({ agentId, status });
  const children = Agent({
    agent,
    history: store.views.states.of(agentId),
    orders: views.newestOf(agentId, NEWEST),
    orderCounts: {
      all: views.count({ agentId }),
      pending: count("pending"),
      sent: count("sent"),
      failure: count("failure"),
    },
    batches: await newestBatches(deps, agentId),
    losses: flow.losses(agentId).slice(0, NEWEST),
    told: toldStatus(views, agentId),
    documents: store.documents.counts(agentId),
    files: store.views.documents.changedFiles(agentId, NEWEST),
    policies: store.views.documents.policies(agentId),
    nowMs: clock.now(),
  });
  return shell({ ...frame, title: agent.name, view: "Fleet", children });
}

/** `undefined` when the cluster does not tell in a moment: a view does not wait for it. */
async function newestBatches(
  { stores: { batches }, cluster }: ViewDeps,
  agentId: string,
): Promise<StoredBatch[] | undefined> {
  if (cluster.trouble() !== undefined) return undefined;
  let found: StoredBatch[] | undefined;
  const asked = batches.newest(agentId, NEWEST).then((all) => found = all);
  await endedWithin([asked], BATCHES_WITHIN_MS);
  return found;
}

/** What an agent's machine has. */
export function showDocuments(
  deps: ViewDeps,
  { id, given }: { id: string; given: Record<string, string> },
  frame: Frame,
) {
  const agent = findAgent(deps, id);
  const { documents } = deps.store;
  const { limit: asked, cursor, ...filter } = parseParameters(valuesOf(given), DOCUMENT_PARAMETERS);
  const limit = parseLimit(asked);
  const after = cursor === undefined ? {} : { after: parseDocumentCursor(cursor) };
  const found = documents.list({ agentId: agent.id, ...filter, ...after, limit: limit + 1 });
  const shown = found.slice(0, limit);
  const matching = documents.counts(agent.id).filter(({ module, collector }) =>
    (filter.module ?? module) === module && (filter.collector ?? collector) === collector
  ).reduce((sum, { documents }) => sum + documents, 0);
  const next = found.length > limit ? documentCursor(shown.at(-1)) ?? undefined : undefined;
  const model = { agent, parameters: given, documents: shown, matching, next };
  const children = Documents({ ...model, nowMs: deps.clock.now() });
  return shell({ ...frame, title: agent.name, view: "Fleet", children });
}
