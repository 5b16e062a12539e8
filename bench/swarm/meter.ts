/**
 * What manager and swarm use over a phase.
 *
 * @module
 */

import process from "node:process";
import { usageOf } from "./process_usage.ts";
import type { Usages } from "./report.ts";

/** Begun with a phase, read at its end. */
export class Meter {
  readonly #managerPid: number | undefined;
  readonly #beginMs = performance.now();
  readonly #swarmCpuMs = swarmCpuMs();
  readonly #managerCpuMs: number;

  private constructor(managerPid: number | undefined, managerCpuMs: number) {
    this.#managerPid = managerPid;
    this.#managerCpuMs = managerCpuMs;
  }

  /** @param managerPid `undefined` for a manager that is out of reach */
  static async begin(managerPid: number | undefined): Promise<Meter> {
    const usage = managerPid === undefined ? undefined : await usageOf(managerPid);
    return new Meter(managerPid, usage?.cpuMs ?? 0);
  }

  /** Since the beginning. */
  seconds(): number {
    return (performance.now() - this.#beginMs) / 1_000;
  }

  /** Memory now, CPU since the beginning. */
  async usages(): Promise<Usages> {
    const manager = this.#managerPid === undefined ? undefined : await usageOf(this.#managerPid);
    return {
      ...(manager && {
        manager: {
          memory_bytes: manager.memoryBytes,
          cpu_seconds: (manager.cpuMs - this.#managerCpuMs) / 1_000,
        },
      }),
      swarm: {
        memory_bytes: Deno.memoryUsage().rss,
        cpu_seconds: (swarmCpuMs() - this.#swarmCpuMs) / 1_000,
      },
    };
  }
}

function swarmCpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}
