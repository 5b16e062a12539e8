import assert from "node:assert/strict";
import { announceOutcomes } from "../../../../src/agent/app/upgrades/upgrade_announcement.ts";
import {
  type UpgradeOutcome,
  UpgradeRecord,
} from "../../../../src/agent/upgrade/upgrade_record.ts";
import { openQueue, roomy, TempFolder, textsOf } from "../../../support/queues.ts";

const NEVER = new AbortController().signal;

const UPGRADED: UpgradeOutcome = {
  from: "1.3.2",
  to: "1.4.0",
  release: 37,
  code: 0,
  reason: null,
  message: "upgraded 1.3.2 → 1.4.0 in 12 s",
  at: "2026-01-01T00:00:10.000Z",
  document_id: "order",
  announced: false,
};

const WENT_BACK: UpgradeOutcome = {
  ...UPGRADED,
  from: "1.4.0",
  to: "1.3.2",
  message: "went back 1.4.0 → 1.3.2 in 2 s",
  at: "2026-01-01T00:00:11.000Z",
};

const WHOLE = { limits: roomy, encoding: "identity", agent_line: '{"agent":{}}' } as const;

class Scene implements Disposable {
  readonly folder = new TempFolder();
  readonly record = new UpgradeRecord(this.folder.path);
  readonly queue = openQueue(this.folder);

  announce(): Promise<void> {
    return announceOutcomes(this.record, this.queue, NEVER);
  }

  async told(): Promise<string[]> {
    const batch = await this.queue.claim("stateless", WHOLE);
    return batch === undefined ? [] : textsOf(this.queue.body(batch));
  }

  [Symbol.dispose](): void {
    this.queue.close();
    this.folder[Symbol.dispose]();
  }
}

Deno.test("announceOutcomes tells of every upgrade, also of one that another follows at once", async () => {
  using scene = new Scene();
  scene.record.end(UPGRADED);
  scene.record.end(WENT_BACK);
  await scene.announce();
  await scene.announce();
  assert.deepEqual(await scene.told(), [UPGRADED.message, WENT_BACK.message]);
});

Deno.test("announceOutcomes tells nothing twice after a crash before the record is written", async () => {
  using scene = new Scene();
  scene.record.end(UPGRADED);
  const before = Deno.readTextFileSync(scene.folder.file("upgrade.json"));
  await scene.announce();
  Deno.writeTextFileSync(scene.folder.file("upgrade.json"), before);
  scene.record.end(WENT_BACK);
  await scene.announce();
  assert.deepEqual(await scene.told(), [UPGRADED.message, WENT_BACK.message]);
  assert.deepEqual(scene.record.unannounced(), []);
});
