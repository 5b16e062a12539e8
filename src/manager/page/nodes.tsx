/**
 * The view Nodes: the managers that live, and how this one is.
 *
 * @module
 */

import type { Child } from "hono/jsx";
import type { PublisherStats } from "../nats/publisher.ts";
import type { Duty, Member } from "../stores/membership.ts";
import { ROUTES } from "../http/routes.ts";
import { bytes } from "./format.ts";
import { Ago, Cell, Count, Table } from "./parts.tsx";

/** What the view shows. */
interface NodesModel {
  self: string;
  members: readonly Member[];
  duties: readonly Duty[];
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
  return (
    <div
      id="nodes"
      hx-get={ROUTES.pageNodes.path}
      hx-trigger="tick from:body throttle:5s"
      hx-select="#nodes"
      hx-swap="outerMorph"
    >
      <h1>Nodes</h1>
      <Table label="Managers" heads={["Node", "Version", "Started", "Duties"]}>
        {model.members.map((member) => <MemberRow member={member} model={model} />)}
      </Table>
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

function MemberRow({ member, model }: { member: Member; model: NodesModel }) {
  const { node, version, startedAtMs } = member;
  const isSelf = node === model.self;
  return (
    <tr>
      <Cell label="Node">
        <span class="pill active">{node}</span>
        {isSelf ? <span class="note">shows this page</span> : null}
      </Cell>
      <Cell label="Version">{version}</Cell>
      <Cell label="Started">
        <Ago at={new Date(startedAtMs).toISOString()} nowMs={model.nowMs} />
      </Cell>
      <Cell label="Duties">{isSelf ? model.duties.join(", ") : ""}</Cell>
    </tr>
  );
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
