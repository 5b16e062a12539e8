/**
 * What container runtimes of Kubernetes (containerd, CRI-O) write, one line for each line of a
 * container or for a part of it:
 *
 *     2026-11-26T00:57:01.123456789+00:00 stdout F the text
 *
 * `P` is a part, `F` the last part or all of a line. Further tags may follow behind a colon. Source:
 * the CRI logging format of kubelet (`pkg/kubelet/kuberuntime/logs`).
 *
 * @module
 */

import type { Unwrapped } from "./stages.ts";

const LINE =
  /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\S{0,20}) (stdout|stderr) ([PF])(?::\S{0,200})?(?: |$)/;

/** Takes time, stream and tag away. */
export function unwrapCri(line: string): Unwrapped | undefined {
  const match = LINE.exec(line);
  if (!match) return undefined;
  const [head, time = "", stream = "", tag] = match;
  const members = { "@timestamp": time, log: { iostream: stream } };
  return { text: line.slice(head.length), stream, partial: tag === "P", members };
}
