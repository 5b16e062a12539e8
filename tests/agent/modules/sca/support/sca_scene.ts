/**
 * The module over a made-up machine, with policies in a temporary folder, a real queue and a server of documents.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import * as z from "zod";
import { ScanTimes } from "../../../../../src/agent/modules/scan_times.ts";
import { SCA_OPTIONS } from "../../../../../src/agent/modules/sca/options.ts";
import { Sca } from "../../../../../src/agent/modules/sca/sca.ts";
import { machineFor } from "../../../../../src/agent/modules/sca/scan/policy_machine.ts";
import { runScan } from "../../../../../src/agent/modules/sca/scan/run_scan.ts";
import type { PolicyMessage, ScanJob } from "../../../../../src/agent/modules/sca/scan/scan_job.ts";
import { ModuleStateKeeper } from "../../../../../src/agent/state/state_keeper.ts";
import type { StateSchema } from "../../../../../src/agent/state/types.ts";
import { QueueEventSink } from "../../../../../src/agent/queue/event_sink.ts";
import { MemoryClock } from "../../../../support/fake_clock.ts";
import { TempFolder } from "../../../../support/queues.ts";
import { StateScene } from "../../../state/support/state_scene.ts";
import { MadeUpMachine } from "./made_up_machine.ts";

/** A document as the server has it. */
export interface ShownDocument {
  check: Record<string, unknown> & { id: string; result: string; reason: string | null };
  policy: Record<string, unknown>;
}

/** The module, the machine, the server. */
export class ScaScene implements Disposable {
  readonly states: StateScene;
  /** What the rules find; a test exchanges it. */
  machine = new MadeUpMachine({});
  /** Jobs that were given to scans. */
  readonly jobs: ScanJob[] = [];
  /** What a scan fails with. */
  failure: string | undefined;
  readonly #own = new DisposableStack();
  readonly #folder: TempFolder;
  readonly #clock = new MemoryClock();

  constructor({ schema = "6.0" }: { schema?: StateSchema } = {}) {
    this.#folder = this.#own.use(new TempFolder());
    this.states = this.#own.use(
      new StateScene(this.#own.use(new TempFolder()), {
        agentId: "0190a0b0-0000-7000-8000-000000000001",
        clock: this.#clock,
      }),
    );
    this.states.options = { ...this.states.options, schema };
    Deno.mkdirSync(`${this.#folder.path}/sca`);
  }

  get clock(): MemoryClock {
    return this.#clock;
  }

  /** Writes a policy, by default where policies are found; its path. */
  write(name: string, text: string): string {
    const path = this.#folder.file(name.includes("/") ? name : `sca/${name}`);
    Deno.writeTextFileSync(path, text);
    return path;
  }

  remove(path: string): void {
    Deno.removeSync(path);
  }

  /** Makes the module with a section. */
  make(section: Record<string, unknown> = {}): Sca {
    const options = z.strictObject(SCA_OPTIONS).parse({ enabled: true, ...section });
    return new Sca({
      options,
      times: new ScanTimes(this.#clock, {
        intervalMs: options.interval,
        scanOnStart: options.scan_on_start,
        spreadMs: 0,
        random: () => 0,
      }),
      context: {
        clock: this.#clock,
        log: getLogger(["test"]),
        sink: new QueueEventSink(this.states.queue, "sca"),
        places: { dataFolder: this.#folder.path, database: "" },
        states: new ModuleStateKeeper(this.states.core, "sca"),
      },
      ownFolders: [],
      requireUsable: () => Promise.resolve(),
      scan: (job) => this.#scan(job),
    });
  }

  /** Scans and delivers; why it was not complete, if so. */
  async scan(module: Sca): Promise<string | undefined> {
    const reason = await module.scan(this.states.signal).then(
      () => undefined,
      ({ message }) => message,
    );
    await this.states.deliver({ turn: "loop" });
    return reason;
  }

  /** The documents that the server has. */
  documents(): ShownDocument[] {
    return [...this.states.server.of("sca", "check").values()] as unknown as ShownDocument[];
  }

  /** Ids and results of the checks that the server has, such as `linux:1 Passed`. */
  shown(): string[] {
    return this.documents().map(({ policy, check }) => `${policy.id}:${check.id} ${check.result}`)
      .sort();
  }

  /** The stateless events that wait, and takes them. */
  async told(): Promise<Record<string, Record<string, unknown>>[]> {
    return await this.states.told() as Record<string, Record<string, unknown>>[];
  }

  [Symbol.dispose](): void {
    this.#own.dispose();
  }

  async *#scan(job: ScanJob): AsyncGenerator<PolicyMessage> {
    this.jobs.push(job);
    const messages: PolicyMessage[] = [];
    await runScan(job, {
      machineFor: (policy) => machineFor(policy, { ...job, machine: this.machine }),
      say: (message) => {
        if (
          message.kind === "read" || message.kind === "requirements" || message.kind === "result"
        ) {
          messages.push(message);
        }
      },
      signal: this.states.signal,
    });
    yield* messages;
    if (this.failure !== undefined) throw new Error(this.failure);
  }
}

/** The text of a policy with checks of one rule each, by id. */
export function policyText(
  id: string,
  rules: Readonly<Record<string, string>>,
  more = "",
): string {
  const checks = Object.entries(rules).map(([check, rule]) =>
    `  - { id: ${check}, name: Check ${check}, condition: all, rules: [${JSON.stringify(rule)}] }\n`
  );
  return `policy: { id: ${id}, name: Policy ${id} }\n${more}\nchecks:\n${checks.join("")}`;
}
