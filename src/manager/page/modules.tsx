/**
 * What an agent told of its modules and of its queue. It may have told anything: nothing is taken for granted.
 *
 * @module
 */

import type { ToldStatus } from "../management_api/told_status.ts";
import { number } from "./format.ts";
import { Ago, Cell, Count, Table } from "./parts.tsx";

/** What a told state of a module looks like. */
const KINDS: Readonly<Record<string, string>> = {
  running: "active",
  scanning: "active",
  waiting: "pending",
  paused: "pending",
  starting: "pending",
  degraded: "failure",
  failed: "failure",
};

/** What is shown. */
interface ToldModel {
  told: ToldStatus | undefined;
  nowMs: number;
}

/** The modules. */
export function ModuleTable({ told, nowMs }: ToldModel) {
  if (told === undefined) {
    return <p class="empty">It has told no status: order the action "status".</p>;
  }
  return (
    <>
      <p class="note">
        Told <Ago at={told.toldAt} nowMs={nowMs} />
      </p>
      <Table label="Modules" heads={["State", "Module", "Events", "Last event", "Trouble"]}>
        {told.status.modules.map((module) => (
          <tr>
            <Cell label="State">
              <span class={`pill ${KINDS[textIn(module.state)] ?? "none"}`}>
                {textIn(module.state)}
              </span>
            </Cell>
            <Cell label="Module">{module.name}</Cell>
            <Cell label="Events">
              {typeof module.events === "number" ? <Count value={module.events} /> : ""}
            </Cell>
            <Cell label="Last event">
              <Ago at={timeIn(module.last_event_at)} nowMs={nowMs} />
            </Cell>
            <Cell label="Trouble">{textIn(module.reason) || textIn(module.last_error)}</Cell>
          </tr>
        ))}
      </Table>
    </>
  );
}

/** What the agent told of its queue, and of events that it ever lost. */
export function ToldQueue({ told, nowMs }: ToldModel) {
  if (told === undefined) return null;
  const streams = Object.entries(membersOf(told.status.streams));
  const lines = streams.map(([stream, figures]) => {
    const count = (name: string) => number(numberIn(membersOf(figures)[name]));
    return `${stream}: ${count("queued_events")} queued, ${count("dropped_events")} dropped and ` +
      `${count("dead_lettered_events")} set aside ever`;
  });
  const { reason } = membersOf(told.status.state);
  return (
    <>
      <p class="note">
        As it told <Ago at={told.toldAt} nowMs={nowMs} />:
      </p>
      <ul class="told">
        {lines.map((line) => <li>{line}</li>)}
        {textIn(reason) === "" ? null : <li>{textIn(reason)}</li>}
      </ul>
    </>
  );
}

function textIn(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function numberIn(value: unknown): number {
  return typeof value === "number" ? value : 0;
}

function timeIn(value: unknown): string | null {
  return typeof value === "string" && !Number.isNaN(Date.parse(value)) ? value : null;
}

function membersOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
