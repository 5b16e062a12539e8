/**
 * The view of one agent: how it stands and stood, what is pending, what it sent, lost and has.
 *
 * @module
 */

import type { Child } from "hono/jsx";
import type { ChangedFile, PolicyResults } from "../documents/document_views.ts";
import type { StoredBatch } from "../events/batch_views.ts";
import type { ReceivedLoss } from "../events/flow_meter.ts";
import type { AgentDocument } from "../keep_alive/agent_views.ts";
import type { StateChange } from "../keep_alive/state_history.ts";
import { ROUTES } from "../http/routes.ts";
import type { ToldStatus } from "../management_api/told_status.ts";
import { PolicyBars } from "./checks.tsx";
import { LossTable } from "./flow.tsx";
import { link, shortPath } from "./format.ts";
import { ModuleTable, ToldQueue } from "./modules.tsx";
import { type OrderDocument, OrderTable } from "./order_table.tsx";
import { Ago, Cell, Count, StatePill, Table } from "./parts.tsx";
import { StateLine } from "./state_line.tsx";

/** What the view shows. */
interface AgentModel {
  agent: AgentDocument;
  history: readonly StateChange[];
  /** The newest ones. */
  orders: readonly OrderDocument[];
  orderCounts: { all: number; pending: number; sent: number; failure: number };
  /** `undefined` when they cannot be told now. */
  batches: readonly StoredBatch[] | undefined;
  /** Since the start of the manager. */
  losses: readonly ReceivedLoss[];
  told: ToldStatus | undefined;
  /** Documents by module and collector. */
  documents: readonly { module: string; collector: string; documents: number }[];
  files: readonly ChangedFile[];
  policies: readonly PolicyResults[];
  nowMs: number;
}

/** The view. */
export function Agent(model: AgentModel) {
  const { agent, nowMs, history, batches, losses, told, files, policies } = model;
  return (
    <div
      id="agent"
      hx-get={pathOfAgent(agent.id)}
      hx-trigger="tick from:body throttle:5s, agents from:body throttle:2s"
      hx-select="#agent"
      hx-swap="outerMorph"
    >
      <h1>{agent.name}</h1>
      <Facts model={model} />
      <Section title="State">
        <StateLine agent={agent} history={history} nowMs={nowMs} />
      </Section>
      <Orders model={model} />
      <div class="charts">
        <Section title="Newest batches">
          <BatchTable batches={batches} nowMs={nowMs} />
        </Section>
        <Section title="Gaps and losses, told since the manager's start">
          <LossTable losses={losses} nowMs={nowMs} />
          <ToldQueue told={told} nowMs={nowMs} />
        </Section>
      </div>
      <Section title="Modules">
        <ModuleTable told={told} nowMs={nowMs} />
      </Section>
      <div class="charts">
        <Section title="Inventory and other documents">
          <DocumentCounts agentId={agent.id} documents={model.documents} />
        </Section>
        <Section title="Files that changed last">
          <FileTable files={files} nowMs={nowMs} />
        </Section>
        <Section title="Configuration checks">
          <PolicyBars agentId={agent.id} policies={policies} />
        </Section>
      </div>
    </div>
  );
}

/** Where an agent is shown. */
export function pathOfAgent(id: string): string {
  return ROUTES.pageAgent.path.replace(":id", id);
}

function Section({ title, children }: { title: Child; children: Child }) {
  return (
    <section class="panel">
      <h2>{title}</h2>
      {children}
    </section>
  );
}

function Facts({ model: { agent, orderCounts, orders, nowMs } }: { model: AgentModel }) {
  const waiting = orderCounts.pending + orderCounts.sent;
  const failed = orders.find(({ status }) => status === "failure");
  return (
    <dl class="facts">
      <Fact label="State">
        <StatePill state={agent.status} />
        {agent.cloned_since === null
          ? null
          : (
            <span class="pill cloned" title={agent.cloned_signals.join(", ")}>
              Several machines use its id
            </span>
          )}
      </Fact>
      <Fact label="Last contact">
        <Ago at={agent.last_sign_of_life} nowMs={nowMs} />
      </Fact>
      <Fact label="Keep-alives missed">
        <Count value={agent.missed_keep_alives} />
      </Fact>
      <Fact label="Orders that wait">
        <Count value={waiting} />
      </Fact>
      <Fact label="Last order that failed">
        {failed === undefined ? "none of the newest" : messageOf(failed)}
      </Fact>
      <Fact label="Version">{agent.version}</Fact>
      <Fact label="Address">{agent.ip ?? "not known"}</Fact>
      <Fact label="Groups">{agent.groups.join(", ") || "none"}</Fact>
      <Fact label="Registered">
        <Ago at={agent.registered_at} nowMs={nowMs} />
      </Fact>
      <Fact label="Id">{agent.id}</Fact>
    </dl>
  );
}

function messageOf(order: OrderDocument): string {
  const { name } = order.action as { name: string };
  return `${name}: ${(order.result as { message?: unknown } | null)?.message ?? ""}`;
}

function Fact({ label, children }: { label: string; children: Child }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Orders({ model: { agent, orders, orderCounts, nowMs } }: { model: AgentModel }) {
  const list = (status?: string) => link(ROUTES.pageOrderList.path, { agent: agent.id, status });
  return (
    <section class="panel">
      <h2>Newest orders</h2>
      <p class="links">
        <a href={list()} data-orders="all">
          <Count value={orderCounts.all} /> in all
        </a>
        <a href={list("pending")} data-orders="pending">
          <Count value={orderCounts.pending} /> pending
        </a>
        <a href={list("sent")} data-orders="sent">
          <Count value={orderCounts.sent} /> sent
        </a>
        <a href={list("failure")} data-orders="failure">
          <Count value={orderCounts.failure} /> failed
        </a>
      </p>
      {orders.length === 0 ? null : <OrderTable orders={orders} nowMs={nowMs} />}
    </section>
  );
}

function BatchTable({ batches, nowMs }: Pick<AgentModel, "batches" | "nowMs">) {
  if (batches === undefined) return <p class="empty">The cluster does not tell them now.</p>;
  if (batches.length === 0) return <p class="empty">None is kept.</p>;
  return (
    <Table label="Batches" heads={["Received", "Stream", "Events", "Id"]}>
      {batches.map(({ id, stream, events, receivedAtMs }) => (
        <tr>
          <Cell label="Received">
            <Ago at={new Date(receivedAtMs).toISOString()} nowMs={nowMs} />
          </Cell>
          <Cell label="Stream">{stream}</Cell>
          <Cell label="Events">
            <Count value={events} />
          </Cell>
          <Cell label="Id">
            <code>{id ?? ""}</code>
          </Cell>
        </tr>
      ))}
    </Table>
  );
}

function DocumentCounts(
  { agentId, documents }: { agentId: string; documents: AgentModel["documents"] },
) {
  if (documents.length === 0) return <p class="empty">It has told of none.</p>;
  return (
    <ul class="counted">
      {documents.map(({ module, collector, documents }) => (
        <li>
          <a
            href={link(`${pathOfAgent(agentId)}/documents`, { module, collector })}
            data-documents={`${module}/${collector}`}
          >
            <span>{collector === "" ? module : `${module}, ${collector}`}</span>
            <Count value={documents} />
          </a>
        </li>
      ))}
    </ul>
  );
}

/** All of a long one is told to who points at it, and stands among the documents. */
function FilePath({ path }: { path: string }) {
  const shown = shortPath(path);
  return <code title={shown === path ? undefined : path}>{shown}</code>;
}

function FileTable({ files, nowMs }: { files: readonly ChangedFile[]; nowMs: number }) {
  if (files.length === 0) return <p class="empty">No file is watched.</p>;
  return (
    <Table label="Changed files" heads={["Changed", "File"]}>
      {files.map(({ path, updatedAtMs }) => (
        <tr>
          <Cell label="Changed">
            <Ago at={new Date(updatedAtMs).toISOString()} nowMs={nowMs} />
          </Cell>
          <Cell label="File">
            <FilePath path={path ?? "a file without a path"} />
          </Cell>
        </tr>
      ))}
    </Table>
  );
}
