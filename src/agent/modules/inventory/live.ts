/**
 * What a collector finds now, without an agent.
 *
 * @module
 */

import { AgentError } from "../../../shared/errors.ts";
import { allCollectors } from "./collectors.ts";
import type { InventoryItem, Schema } from "./item.ts";
import { whyNoMachine } from "./root_folder.ts";
import { RealMachine } from "./machine.ts";
import { collectorOptions, type InventoryOptions } from "./options.ts";

/** What is looked at, and how. */
interface LiveOptions {
  options: InventoryOptions;
  schema: Schema;
  signal: AbortSignal;
  nowMs: number;
}

/** Documents as they would be sent, and why they are not all. */
interface LiveFindings {
  documents: InventoryItem["document"][];
  problems: readonly string[];
}

/**
 * Runs a collector.
 *
 * @throws {AgentError} `usage` for an unknown one, `failed` when there is no machine below `inventory.root`
 */
export async function collectLive(
  name: string,
  { options, schema, signal, nowMs }: LiveOptions,
): Promise<LiveFindings> {
  const why = options.root === "/" ? undefined : whyNoMachine(options.root);
  if (why !== undefined) {
    const hint = "set inventory.root to the folder where the files of the machine are mounted";
    throw new AgentError("failed", why, { hint });
  }
  const all = allCollectors(collectorOptions(options));
  const collector = all.find((one) => one.name === name);
  if (collector === undefined) {
    throw new AgentError("usage", `There is no collector "${name}"`, {
      hint: `one of ${all.map((one) => one.name).join(", ")}`,
    });
  }
  // Nothing is sent: a collector of the other schema can be looked at, too.
  const shownSchema = collector.schemas.includes(schema) ? schema : collector.schemas[0] ?? schema;
  const machine = new RealMachine(options.root);
  const { items, problems } = await collector.collect({
    machine,
    schema: shownSchema,
    signal,
    nowMs,
  });
  return { documents: items.map(({ document }) => document), problems };
}
