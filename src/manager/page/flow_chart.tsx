/**
 * Events a second as a picture: drawn here, and by the script as a line that moves.
 *
 * @module
 */

import { type FlowSecond, REMEMBERED_S } from "../events/flow_meter.ts";
import { number } from "./format.ts";

const WIDTH = 900;
const HEIGHT = 200;
/** So many seconds are one point of the picture: more points than pixels would not be seen. */
const SECONDS_A_POINT = 5;

type Kind = "stateless" | "stateful";

/** The picture, with the numbers that it is made of for the script. */
export function FlowChart({ seconds, nowMs }: { seconds: readonly FlowSecond[]; nowMs: number }) {
  const points = pointsOf(seconds, nowMs);
  const most = Math.max(1, ...points.map(({ stateless, stateful }) => stateless + stateful));
  const y = (value: number) => HEIGHT - value / most * (HEIGHT - 14);
  const area = (top: (point: FlowPoint) => number) =>
    `M0,${HEIGHT}${points.map((one) => `L${one.x},${y(top(one)).toFixed(1)}`).join("")}V${HEIGHT}Z`;
  return (
    <figure id="flow" data-seconds={compact(seconds)} hx-morph-skip>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`At most ${number(Math.round(most))} events a second`}
      >
        <path class="area stateful" d={area(({ stateless, stateful }) => stateless + stateful)} />
        <path class="area stateless" d={area(({ stateless }) => stateless)} />
      </svg>
      <figcaption>
        <span class="key stateless">Stateless</span>
        <span class="key stateful">Stateful</span>
        <span class="note">{`Most: ${number(Math.round(most))} a second`}</span>
      </figcaption>
    </figure>
  );
}

type FlowPoint = Record<Kind | "x", number>;

/** Means of a few seconds each, over the whole width, which is as long as the manager measures, 15 minutes at most. */
function pointsOf(seconds: readonly FlowSecond[], nowMs: number): FlowPoint[] {
  const measuredS = Math.min(REMEMBERED_S, (nowMs - (seconds[0]?.atMs ?? nowMs)) / 1_000);
  const count = Math.max(2, Math.ceil(measuredS / SECONDS_A_POINT));
  const points = Array.from({ length: count }, (_, index): FlowPoint => ({
    x: Math.round(index / (count - 1) * WIDTH),
    stateless: 0,
    stateful: 0,
  }));
  for (const { atMs, stateless, stateful } of seconds) {
    const age = Math.floor((nowMs - atMs) / 1_000 / SECONDS_A_POINT);
    const point = points[count - 1 - age];
    if (point === undefined) continue;
    point.stateless += stateless / SECONDS_A_POINT;
    point.stateful += stateful / SECONDS_A_POINT;
  }
  return points;
}

/** `[first second, [stateless…], [stateful…]]`: they follow each other without a gap. */
function compact(seconds: readonly FlowSecond[]): string {
  return JSON.stringify([
    Math.round((seconds[0]?.atMs ?? 0) / 1_000),
    seconds.map(({ stateless }) => stateless),
    seconds.map(({ stateful }) => stateful),
  ]);
}
