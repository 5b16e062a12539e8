/**
 * What manager and swarm use over a phase. What the manager uses can be told on Linux only.
 *
 * @module
 */

import { ownCpuMs, readCpuSeconds, readResident } from "../support/process_usage.ts";
import type { Usages } from "./report.ts";

/** Begun with a phase, read at its end. */
export class Meter {
  readonly #managerPid: number | undefined;
  readonly #beginMs = performance.now();
  readonly #swarmCpuMs = ownCpuMs();
  readonly #managerCpuSeconds: number;

  /** @param managerPid `undefined` for a manager that is out of reach */
  constructor(managerPid: number | undefined) {
    this.#managerPid = Deno.build.os === "linux" ? managerPid : undefined;
    this.#managerCpuSeconds = this.#managerPid === undefined ? 0 : readCpuSeconds(this.#managerPid);
  }

  /** Since the beginning. */
  seconds(): number {
    return (performance.now() - this.#beginMs) / 1_000;
  }

  /** Memory now, CPU since the beginning. */
  usages(): Usages {
    const pid = this.#managerPid;
    return {
      ...(pid !== undefined && {
        manager: {
          memory_bytes: readResident(pid),
          cpu_seconds: readCpuSeconds(pid) - this.#managerCpuSeconds,
        },
      }),
      swarm: {
        memory_bytes: Deno.memoryUsage().rss,
        cpu_seconds: (ownCpuMs() - this.#swarmCpuMs) / 1_000,
      },
    };
  }
}
