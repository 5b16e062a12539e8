/**
 * The view Nodes: the managers that live, what they stand on, and how this one is.
 *
 * @module
 */

import type { Child } from "hono/jsx";
import type { ClusterOverview } from "../cluster/overview.ts";
import type { PublisherStats } from "../nats/publisher.ts";
import type { MemberState } from "../stores/membership.ts";
import { ROUTES } from "../http/routes.ts";
import { ClusterStreams } from "./cluster_streams.tsx";
import { bytes } from "./format.ts";
import { Ago, Cell, Count, Table } from "./parts.tsx";

/** What the view shows. */
interface NodesModel {
  self: string;
  members: readonly MemberState[];
  /** Whether there may be others. */
  isCluster: boolean;
  overview: ClusterOverview | undefined;
  openPolls: number;
  openPages: number;
  documents: number;
  databaseBytes: number;
  memoryBytes: number;
  publisher: PublisherStats | undefined;
  nowMs: number;
}

/** The view. */
export function Nodes(model: NodesModel) {
  const { isCluster, overview, nowMs } = model;
  return (
    <div
      id="nodes"
      hx-get={ROUTES.pageNodes.path}
      hx-trigger="tick from:body throttle:5s"
      hx-select="#nodes"
      hx-swap="outerMorph"
    >
      <h1>Nodes</h1>
      <Managers model={model} />
      {isCluster ? <ClusterStreams overview={overview} nowMs={nowMs} /> : null}
      <h2 class="above">This node</h2>
      <dl class="figures">
        <Figure kind="open_polls" label="Open polls">
          <Count value={model.openPolls} />
        </Figure>
        <Figure kind="open_pages" label="Open pages">
          <Count value={model.openPages} />
        </Figure>
        <Figure kind="documents" label="Documents">
          <Count value={model.documents} />
        </Figure>
        <Figure kind="database" label="Database">{bytes(model.databaseBytes)}</Figure>
        <Figure kind="memory" label="Memory">{bytes(model.memoryBytes)}</Figure>
      </dl>
      <Publishing publisher={model.publisher} />
    </div>
  );
}

const HEADS = ["Node", "Version", "Started", "Duties"];
const CLUSTER_HEADS = ["Lease", "Open polls", "Stored within (p99)"];

function Managers({ model }: { model: NodesModel }) {
  const heads = model.isCluster ? [...HEADS, ...CLUSTER_HEADS] : HEADS;
  return (
    <Table label="Managers" heads={heads}>
      {model.members.map((member) => <MemberRow member={member} model={model} />)}
    </Table>
  );
}

function MemberRow({ member, model }: { member: MemberState; model: NodesModel }) {
  const { node, version, startedAtMs, duties } = member;
  return (
    <tr data-node={node}>
      <Cell label="Node">
        <span>
          <span class="pill active">{node}</span>
          {node === model.self ? <span class="note">shows this page</span> : null}
        </span>
      </Cell>
      <Cell label="Version">{version}</Cell>
      <Cell label="Started">
        <Ago at={new Date(startedAtMs).toISOString()} nowMs={model.nowMs} />
      </Cell>
      <Cell label="Duties">{duties.join(", ") || <span class="none">none</span>}</Cell>
      {model.isCluster ? <LeaseCells member={member} nowMs={model.nowMs} /> : null}
    </tr>
  );
}

function LeaseCells({ member, nowMs }: { member: MemberState; nowMs: number }) {
  const { leaseAgeMs, load } = member;
  const refreshedAt = leaseAgeMs === null || leaseAgeMs === Infinity
    ? null
    : new Date(nowMs - leaseAgeMs).toISOString();
  return (
    <>
      <Cell label="Lease">
        <Ago at={refreshedAt} nowMs={nowMs} />
      </Cell>
      <Cell label="Open polls">
        {load === null ? <Unknown /> : <Count value={load.openPolls} />}
      </Cell>
      <Cell label="Stored within (p99)">{within(load?.publishP99Ms ?? null)}</Cell>
    </>
  );
}

function Unknown() {
  return <span class="none">not told</span>;
}

/** Nothing is published while nobody sends anything. */
function within(ms: number | null) {
  if (ms === null) return <span class="none">nothing stored lately</span>;
  return ms < 10 ? `${ms.toFixed(1)} ms` : `${Math.round(ms)} ms`;
}

function Figure({ kind, label, children }: { kind: string; label: string; children: Child }) {
  return (
    <div data-figure={kind}>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Publishing({ publisher }: Pick<NodesModel, "publisher">) {
  const nats = publisher?.nats ?? null;
  if (nats === null) return <p class="note">States are not published to NATS.</p>;
  return (
    <>
      <h2 class="above">Publishing to NATS</h2>
      <p>
        {nats.connected_to === null
          ? <span class="pill disconnected">The broker is away</span>
          : <span class="pill active">{nats.connected_to}</span>}
      </p>
      <dl class="figures">
        <Figure kind="published" label="Published">
          <Count value={nats.published} />
        </Figure>
        <Figure kind="waiting" label="Waiting">
          <Count value={nats.waiting} />
        </Figure>
        <Figure kind="set_aside" label="Set aside">
          <Count value={nats.set_aside} />
        </Figure>
        <Figure kind="dropped" label="Dropped">
          <Count value={nats.dropped} />
        </Figure>
      </dl>
    </>
  );
}
