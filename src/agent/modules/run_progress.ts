/**
 * Whether a module gets on, by what is known from outside and what it tells itself.
 *
 * @module
 */

import type { ModuleState, Progress } from "../../shared/protocol/part_status.ts";
import type { Collector } from "./collector.ts";
import type { CountingSink } from "./counting_sink.ts";

/** Its progress; `undefined` when it does not run, or cannot tell. */
export function runProgress(
  state: ModuleState,
  sink: CountingSink,
  collector: Collector | undefined,
): Progress | undefined {
  if (state === "starting" || state === "stopping") {
    return { mark: state, waitsFor: `the end of "${state}"`, mayWait: false };
  }
  if (state !== "running") return undefined;
  const told = collector?.progress?.();
  const mark = `${sink.groups} ${told?.mark ?? ""}`;
  if (sink.isAppending) return { mark, waitsFor: "the queue", mayWait: false };
  return told && { ...told, mark };
}
