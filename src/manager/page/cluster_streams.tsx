/**
 * The streams of a cluster and who reads them, as a part of the view Nodes.
 *
 * @module
 */

import type { ClusterOverview } from "../cluster/overview.ts";
import type { InspectedStream } from "../cluster/link/stream_inspection.ts";
import { bytes, moment, number } from "./format.ts";
import { Cell, Count, StackedBar, Table } from "./parts.tsx";

/** What is older is said to be so. */
const FRESH_MS = 10_000;
/** From here on a stream is nearly full. */
const NEARLY_FULL = 0.8;

/** Streams and consumers. */
export function ClusterStreams(
  { overview, nowMs }: { overview: ClusterOverview | undefined; nowMs: number },
) {
  if (overview === undefined) {
    return <p class="note">The cluster has not told of its streams yet.</p>;
  }
  const { atMs, streams, consumers } = overview;
  return (
    <>
      <h2 class="above">Streams</h2>
      {nowMs - atMs < FRESH_MS
        ? null
        : <p class="note">{`As they were at ${moment(new Date(atMs).toISOString())}.`}</p>}
      <Table label="Streams" heads={["Stream", "Leader", "Copies", "Messages", "Size"]}>
        {streams.map((stream) => <StreamRow stream={stream} />)}
      </Table>
      <h2 class="above">Consumers</h2>
      {consumers.length === 0
        ? <p class="note">Nobody reads the streams and lets the cluster remember how far.</p>
        : (
          <Table label="Consumers" heads={["Consumer", "Stream", "To come", "Not acknowledged"]}>
            {consumers.map(({ name, stream, pending, unacknowledged }) => (
              <tr data-consumer={name}>
                <Cell label="Consumer">{name}</Cell>
                <Cell label="Stream">{stream}</Cell>
                <Cell label="To come">
                  <Count value={pending} />
                </Cell>
                <Cell label="Not acknowledged">
                  <Count value={unacknowledged} />
                </Cell>
              </tr>
            ))}
          </Table>
        )}
    </>
  );
}

function StreamRow({ stream }: { stream: InspectedStream }) {
  const { name, leader, messages } = stream;
  return (
    <tr data-stream={name}>
      <Cell label="Stream">{name}</Cell>
      <Cell label="Leader">
        {leader === null
          ? <span class="pill disconnected">none</span>
          : leader || "its only server"}
      </Cell>
      <Cell label="Copies">
        <Copies stream={stream} />
      </Cell>
      <Cell label="Messages">
        <Count value={messages} />
      </Cell>
      <Cell label="Size">
        <Size stream={stream} />
      </Cell>
    </tr>
  );
}

function Copies({ stream: { replicas, behind } }: { stream: InspectedStream }) {
  return behind.length === 0
    ? <span class="pill active">{`${number(replicas)} current`}</span>
    : <span class="pill disconnected">{`behind at ${behind.join(", ")}`}</span>;
}

function Size({ stream }: { stream: InspectedStream }) {
  const { name, bytes: size, max_bytes: limit } = stream;
  if (limit <= 0) return <>{bytes(size)}</>;
  const said = `${bytes(size)} of ${bytes(limit)}`;
  const kind = size > NEARLY_FULL * limit ? "failure" : "accent";
  return (
    <div class="progress">
      <StackedBar
        shares={[
          { label: "Filled", value: size, kind },
          { label: "Free", value: Math.max(0, limit - size), kind: "none" },
        ]}
        label={`${name}: ${said}`}
      />
      <small>{said}</small>
    </div>
  );
}
