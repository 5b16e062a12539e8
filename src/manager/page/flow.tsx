/**
 * The view Flow: how events come in, what was refused, what came again, and what agents told to be lost.
 *
 * @module
 */

import { type FlowSecond, type ReceivedLoss, REMEMBERED_S } from "../events/flow_meter.ts";
import type { RequestCounts } from "../http/request_counter.ts";
import { ROUTES } from "../http/routes.ts";
import { FlowChart } from "./flow_chart.tsx";
import { number } from "./format.ts";
import { Ago, Cell, Count, Table } from "./parts.tsx";

/** What the view shows. */
interface FlowModel {
  /** Events ever stored, as `GET /manager/stats` has them. */
  stored: { stateless: number; stateful: number };
  /** Repeats ever. */
  repeats: number;
  /** Since the start. */
  totals: { refused: number; lost: number; notices: number };
  startedAtMs: number;
  seconds: readonly FlowSecond[];
  requests: RequestCounts;
  losses: readonly ReceivedLoss[];
  nowMs: number;
  /** Of a cluster: which of its managers shows the view. */
  node: string | undefined;
}

/** Rates are of so many seconds. */
const RATE_S = 10;
/** So many losses are listed. */
const MAX_LOSSES = 20;

/** The view. */
export function Flow(model: FlowModel) {
  const { seconds, nowMs, startedAtMs, node } = model;
  return (
    <>
      <h1>Flow</h1>
      {node === undefined ? null : (
        <p class="note">
          What came by{" "}
          <strong>{node}</strong>, which shows this page; the other managers count what came by
          them.
        </p>
      )}
      <section class="panel" aria-label="Events a second">
        <h2>
          Events a second, the last{" "}
          {Math.min(REMEMBERED_S / 60, Math.ceil((nowMs - startedAtMs) / 60_000))} min
        </h2>
        <FlowChart seconds={seconds} nowMs={nowMs} />
      </section>
      <div
        id="figures"
        hx-get={ROUTES.pageFlow.path}
        hx-trigger="tick from:body throttle:5s"
        hx-select="#figures"
        hx-swap="outerMorph"
      >
        <Figures {...model} />
        <section class="charts">
          <Answers {...model} />
          <Losses {...model} />
        </section>
      </div>
    </>
  );
}

function Figures({ stored, repeats, totals, seconds, startedAtMs, nowMs }: FlowModel) {
  const rate = (kind: "stateless" | "stateful") => {
    const newest = seconds.slice(-RATE_S);
    return newest.reduce((sum, second) => sum + second[kind], 0) / Math.max(1, newest.length);
  };
  const started = <Ago at={new Date(startedAtMs).toISOString()} nowMs={nowMs} />;
  return (
    <dl class="figures">
      <Figure kind="stateless" label="Stateless events" value={stored.stateless}>
        {`${number(Math.round(rate("stateless")))} a second`}
      </Figure>
      <Figure kind="stateful" label="Stateful events" value={stored.stateful}>
        {`${number(Math.round(rate("stateful")))} a second`}
      </Figure>
      <Figure kind="repeats" label="Repeats, stored once" value={repeats}>ever</Figure>
      <Figure kind="refused" label="Requests refused" value={totals.refused}>
        since the start, {started}
      </Figure>
      <Figure kind="lost" label="Events lost at agents" value={totals.lost}>
        {`${number(totals.notices)} notices since the start, `}
        {started}
      </Figure>
    </dl>
  );
}

function Figure(
  { label, value, kind, children }: {
    label: string;
    value: number;
    kind: string;
    children: unknown;
  },
) {
  return (
    <div data-figure={kind}>
      <dt>{label}</dt>
      <dd>
        <Count value={value} />
        <small>{children}</small>
      </dd>
    </div>
  );
}

const EVENT_ROUTES = ["stateless", "stateful", "login", "commands", "batch", "stateDigest"];

function Answers({ requests }: Pick<FlowModel, "requests">) {
  const rows = EVENT_ROUTES.flatMap((route) =>
    Object.entries(requests[route] ?? {}).map(([status, count]) => ({ route, status, count }))
  );
  return (
    <div class="panel">
      <h2>Answers to agents since the start</h2>
      {rows.length === 0
        ? <p class="empty">No agent has asked for anything.</p>
        : (
          <Table label="Answers to agents" heads={["Route", "Status", "Answers"]}>
            {rows.map(({ route, status, count }) => (
              <tr>
                <Cell label="Route">{route}</Cell>
                <Cell label="Status">{status}</Cell>
                <Cell label="Answers">
                  <Count value={count} />
                </Cell>
              </tr>
            ))}
          </Table>
        )}
    </div>
  );
}

function Losses({ losses, nowMs }: Pick<FlowModel, "losses" | "nowMs">) {
  return (
    <div class="panel">
      <h2>Gaps and losses that agents told since the start</h2>
      <LossTable losses={losses.slice(0, MAX_LOSSES)} nowMs={nowMs} />
    </div>
  );
}

/** Losses that were told. */
export function LossTable(
  { losses, nowMs }: { losses: readonly ReceivedLoss[]; nowMs: number },
) {
  if (losses.length === 0) return <p class="empty">None.</p>;
  return (
    <Table label="Losses" heads={["Told", "Stream", "Events", "Why"]}>
      {losses.map(({ receivedAtMs, stream, events, reason, detail }) => (
        <tr>
          <Cell label="Told">
            <Ago at={new Date(receivedAtMs).toISOString()} nowMs={nowMs} />
          </Cell>
          <Cell label="Stream">{stream}</Cell>
          <Cell label="Events">
            <Count value={events} />
          </Cell>
          <Cell label="Why">{detail === "" ? reason : `${reason} (${detail})`}</Cell>
        </tr>
      ))}
    </Table>
  );
}
