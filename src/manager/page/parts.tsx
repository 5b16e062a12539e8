/**
 * Small parts that several views show.
 *
 * @module
 */

import type { Child } from "hono/jsx";
import type { AgentState } from "../keep_alive/announcement.ts";
import { ago, moment, number } from "./format.ts";

/** The states as people call them. */
export const STATE_NAMES = {
  active: "Active",
  disconnected: "Disconnected",
  pending: "Pending",
  never_connected: "Never connected",
  stopped: "Stopped",
} as const satisfies Record<AgentState, string>;

/** A count, which can be read by machines too. */
export function Count({ value }: { value: number }) {
  return <data value={String(value)}>{number(value)}</data>;
}

/** How an agent stands: a colour, a shape and a word. */
export function StatePill({ state }: { state: AgentState }) {
  return <span class={`pill ${state}`}>{STATE_NAMES[state]}</span>;
}

/** How long ago something was; the script keeps it up to date. */
export function Ago({ at, nowMs }: { at: string | null; nowMs: number }) {
  if (at === null) return <span class="none">never</span>;
  return <time datetime={at} title={moment(at)}>{ago(Date.parse(at), nowMs)}</time>;
}

/** A cell of a table; on a narrow screen a row is a card, and the label stands before each value. */
export function Cell({ label, children }: { label: string; children?: Child }) {
  return <td data-label={label}>{children}</td>;
}

/** A table that can be read on any screen. */
export function Table(
  { heads, label, children }: { heads: readonly string[]; label: string; children?: Child },
) {
  return (
    <table aria-label={label}>
      <thead>
        <tr>{heads.map((head) => <th scope="col">{head}</th>)}</tr>
      </thead>
      <tbody>{children}</tbody>
    </table>
  );
}

/** One part of a whole. */
export interface Share {
  label: string;
  value: number;
  /** Where the list is that the count counts. */
  href: string;
  /** The class that gives the colour. */
  kind: string;
}

const BAR_UNITS = 1_000;

/** A whole in its parts, side by side; drawn as a picture, as the page allows no styles of elements. */
export function StackedBar(
  { shares, label }: { shares: readonly Omit<Share, "href">[]; label: string },
) {
  const total = shares.reduce((sum, { value }) => sum + value, 0);
  let from = 0;
  return (
    <svg
      class="stack"
      viewBox={`0 0 ${BAR_UNITS} 10`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      <rect class="track" width={BAR_UNITS} height="10" />
      {shares.filter(({ value }) => value > 0).map(({ value, kind, label }) => {
        const x = from;
        const width = value / total * BAR_UNITS;
        from += width;
        return (
          <rect class={`fill ${kind}`} x={x.toFixed(2)} width={width.toFixed(2)} height="10">
            <title>{`${label}: ${number(value)}`}</title>
          </rect>
        );
      })}
    </svg>
  );
}

/** Counts beside each other as bars, each a link to its list. */
export function Bars({ shares, label }: { shares: readonly Share[]; label: string }) {
  const most = Math.max(1, ...shares.map(({ value }) => value));
  return (
    <ul class="bars" aria-label={label}>
      {shares.map(({ label, value, href, kind }) => (
        <li>
          <a href={href}>
            <span class="name">{label}</span>
            <Count value={value} />
            <svg viewBox={`0 0 ${BAR_UNITS} 10`} preserveAspectRatio="none" aria-hidden="true">
              <rect class="track" width={BAR_UNITS} height="10" />
              <rect
                class={`fill ${kind}`}
                width={(value / most * BAR_UNITS).toFixed(2)}
                height="10"
              />
            </svg>
          </a>
        </li>
      ))}
    </ul>
  );
}

/** Links to the first and the next page of a list. */
export function Pager({ first, next }: { first: string | undefined; next: string | undefined }) {
  if (first === undefined && next === undefined) return null;
  return (
    <nav class="pager" aria-label="Pages">
      {first === undefined ? null : <a href={first}>First page</a>}
      {next === undefined ? <span class="none">No more</span> : <a href={next}>Next page</a>}
    </nav>
  );
}
