import assert from "node:assert/strict";
import { createModuleRunner } from "../../../../src/agent/app/modules/module_parts.ts";
import { configSchema } from "../../../../src/agent/config/schema.ts";
import { defineModule, type Module } from "../../../../src/agent/modules/module.ts";
import * as field from "../../../../src/shared/config/fields.ts";
import { MemoryClock, settle } from "../../../support/fake_clock.ts";
import { openQueue, TempFolder } from "../../../support/queues.ts";

/** The shares that modules of an agent are told. */
async function sharesOf(agentId: string, folder: TempFolder): Promise<(number | undefined)[]> {
  using queue = openQueue(folder);
  const shares: (number | undefined)[] = [];
  const modules = ["one", "two"].map((name) =>
    defineModule({
      name,
      about: "Notes its share.",
      options: { enabled: field.toggle({ default: true, about: "Whether it runs." }) },
      create: (_, { fleetShare }) => {
        shares.push(fleetShare);
        return { run: () => Promise.resolve(), report: () => ({ details: {} }) };
      },
    }) as unknown as Module
  );
  const config = configSchema({ modules }).parse({});
  const parts = { config, queue, clock: new MemoryClock(), whyNotRead: () => undefined, agentId };
  const runner = createModuleRunner(modules, parts);
  runner.start(new AbortController().signal);
  await settle("loop");
  await runner.stop();
  return shares;
}

Deno.test("first scans of a fleet are spread: each agent and module has a place of its own, always the same", async () => {
  using folder = new TempFolder();
  const tenths = new Set<number>();
  for (let agent = 0; agent < 40; agent++) {
    const [one = -1, two = -1] = await sharesOf(`agent-${agent}`, folder);
    for (const share of [one, two]) {
      assert.ok(share >= 0 && share < 1);
      tenths.add(Math.floor(share * 10));
    }
    assert.notEqual(one, two);
  }
  assert.equal(tenths.size, 10);
  assert.deepEqual(await sharesOf("agent-1", folder), await sharesOf("agent-1", folder));
});
