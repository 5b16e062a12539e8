import assert from "node:assert/strict";
import { type CollectorsConfig, createCollectors } from "../../../src/agent/modules/registry.ts";
import { FakeClock } from "../../support/fake_clock.ts";

const logcollector: CollectorsConfig["logcollector"] = {
  enabled: true,
  start_at: "end",
  read_interval: 500,
  reload_interval: 30_000,
  localfiles: [],
};

Deno.test("createCollectors() builds the collectors that are turned on", () => {
  const namesFor = (enabled: boolean) =>
    createCollectors({ logcollector: { ...logcollector, enabled } }, { clock: new FakeClock() })
      .map(({ name }) => name);
  assert.deepEqual(namesFor(true), ["logcollector"]);
  assert.deepEqual(namesFor(false), []);
});
