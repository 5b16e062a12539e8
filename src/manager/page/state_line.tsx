/**
 * How an agent stood over time: a line in the colours of the states, and the changes as a table.
 *
 * @module
 */

import type { AgentDocument } from "../keep_alive/agent_views.ts";
import type { AgentState } from "../keep_alive/announcement.ts";
import type { StateChange } from "../keep_alive/state_history.ts";
import { duration, moment } from "./format.ts";
import { Ago, Cell, STATE_NAMES, StatePill, Table } from "./parts.tsx";

const WIDTH = 1_000;
/** A state that lasted a moment is to be seen too. */
const LEAST_WIDTH = 4;

/** What a change into a state means. */
const WHY: Readonly<Record<AgentState, string>> = {
  active: "gave a sign of life",
  disconnected: "was silent for too long",
  pending: "logged in for the first time",
  never_connected: "",
  stopped: "said that it stops",
};

/** What is drawn. */
interface StateLineModel {
  agent: AgentDocument;
  /** Newest first. */
  history: readonly StateChange[];
  nowMs: number;
}

/** The line and the table. */
export function StateLine({ agent, history, nowMs }: StateLineModel) {
  const parts = partsOf({ agent, history, nowMs });
  const fromMs = parts[0]?.fromMs ?? nowMs;
  const scale = WIDTH / Math.max(1, nowMs - fromMs);
  return (
    <>
      <svg
        class="stack"
        viewBox={`0 0 ${WIDTH} 10`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`States since ${moment(new Date(fromMs).toISOString())}`}
      >
        {parts.map(({ state, fromMs: atMs, toMs }) => (
          <rect
            class={`fill ${state}`}
            x={((atMs - fromMs) * scale).toFixed(1)}
            width={Math.max(LEAST_WIDTH, (toMs - atMs) * scale).toFixed(1)}
            height="10"
          >
            <title>{`${STATE_NAMES[state]} for ${duration((toMs - atMs) / 1_000)}`}</title>
          </rect>
        ))}
      </svg>
      {history.length === 0 ? <p class="note">Its state has not changed yet.</p> : (
        <details>
          <summary>{`The newest ${history.length} changes`}</summary>
          <Table label="Changes of the state" heads={["When", "From", "To", "Because it"]}>
            {history.map(({ at, previous, current }) => (
              <tr>
                <Cell label="When">
                  <Ago at={at} nowMs={nowMs} />
                </Cell>
                <Cell label="From">
                  <StatePill state={previous} />
                </Cell>
                <Cell label="To">
                  <StatePill state={current} />
                </Cell>
                <Cell label="Because it">{WHY[current]}</Cell>
              </tr>
            ))}
          </Table>
        </details>
      )}
    </>
  );
}

/** The states one after the other, oldest first, up to now. */
function partsOf({ agent, history, nowMs }: StateLineModel) {
  const changes = history.toReversed();
  const first = changes[0];
  const begins = [
    { state: first?.previous ?? agent.status, fromMs: beginning(agent, first) },
    ...changes.map(({ at, current }) => ({ state: current, fromMs: Date.parse(at) })),
  ];
  return begins.map((one, index) => ({ ...one, toMs: begins[index + 1]?.fromMs ?? nowMs }));
}

/** How long the state before the first change that is kept lasted is known only when it was the first of all. */
function beginning(agent: AgentDocument, first: StateChange | undefined): number {
  if (first === undefined) return Date.parse(agent.since);
  return first.previous === "never_connected"
    ? Date.parse(agent.registered_at)
    : Date.parse(first.at);
}
