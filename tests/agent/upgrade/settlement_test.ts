/** How an upgrade ended, after a crash at each of its steps. */

import assert from "node:assert/strict";
import { Installation } from "../../../src/agent/upgrade/installation.ts";
import { Settlement } from "../../../src/agent/upgrade/settlement.ts";
import { type UpgradeAttempt, UpgradeRecord } from "../../../src/agent/upgrade/upgrade_record.ts";
import { MemoryClock } from "../../support/fake_clock.ts";
import { TempFolder } from "../../support/queues.ts";

class Scene implements Disposable {
  readonly folder = new TempFolder();
  readonly record = new UpgradeRecord(this.folder.path);
  readonly installation = new Installation(this.folder.file("install"));
  readonly clock = new MemoryClock();

  constructor() {
    for (const version of ["1.4.0", "1.3.2"]) {
      Deno.mkdirSync(`${this.installation.root}/versions/${version}`, { recursive: true });
      Deno.writeTextFileSync(this.installation.programOf(version), "");
      this.installation.switchTo(version);
    }
  }

  begin(state: UpgradeAttempt["state"]): void {
    const since = "2026-01-01T00:00:00.000Z";
    const versions = { from: "1.3.2", to: "1.4.0", release: 37 };
    this.record.begin({ state, ...versions, since, document_id: "order" });
  }

  /** What a process of `version` knows. */
  as(version: string, { isTrial = false } = {}): Settlement {
    const { record, installation, clock } = this;
    return new Settlement({ record, installation, version, isTrial, clock });
  }

  [Symbol.dispose](): void {
    this.folder[Symbol.dispose]();
  }
}

const NEVER = new AbortController().signal;

Deno.test("killed before its trial: the old version goes on, and says that it was interrupted", async () => {
  using scene = new Scene();
  scene.begin("prepare");
  const settlement = scene.as("1.3.2");
  assert.equal(settlement.settleLeftOver()?.reason, "interrupted");
  const outcome = await settlement.outcomeFor("order", NEVER);
  assert.match(outcome?.message ?? "", /interrupted before the trial; 1\.3\.2 goes on$/);
  assert.equal(settlement.settleLeftOver(), undefined);
});

Deno.test("killed during its trial: the version that the link names goes on", async () => {
  using scene = new Scene();
  scene.begin("trial");
  const settlement = scene.as("1.3.2");
  settlement.settleLeftOver();
  const outcome = await settlement.outcomeFor("order", NEVER);
  assert.deepEqual([outcome?.code, outcome?.reason], [1, "interrupted"]);
  assert.match(outcome?.message ?? "", /while 1\.4\.0 was on trial; 1\.3\.2 goes on$/);
});

Deno.test("killed between the switch and the record: the new version counts", async () => {
  using scene = new Scene();
  scene.begin("trial");
  scene.installation.switchTo("1.4.0");
  const settlement = scene.as("1.4.0");
  settlement.settleLeftOver();
  const outcome = await settlement.outcomeFor("order", NEVER);
  assert.deepEqual([outcome?.code, outcome?.reason], [0, null]);
});

Deno.test("a version on trial ends nothing, and waits for the one that watches it", async () => {
  using scene = new Scene();
  scene.begin("trial");
  const settlement = scene.as("1.4.0", { isTrial: true });
  assert.equal(settlement.settleLeftOver(), undefined);
  assert.equal(settlement.isOpen, true);
  const waiting = settlement.outcomeFor("order", NEVER);
  scene.installation.switchTo("1.4.0");
  scene.record.end({
    from: "1.3.2",
    to: "1.4.0",
    release: 37,
    code: 0,
    reason: null,
    message: "upgraded",
    at: "2026-01-01T00:00:10.000Z",
    document_id: "order",
    announced: false,
  });
  await scene.clock.advance(1_000);
  assert.equal((await waiting)?.message, "upgraded");
  assert.equal(settlement.isOpen, false);
});

Deno.test("a version that passed is not on trial any more, whatever is tried or refused next", () => {
  using scene = new Scene();
  const common = { at: "2026-01-01T00:00:10.000Z", document_id: null, release: 37 };
  const refusal = { ...common, from: "1.4.0", to: "1.5.0", code: 1, reason: "no_space" } as const;
  scene.begin("trial");
  const settlement = scene.as("1.4.0", { isTrial: true });
  assert.equal(settlement.isOpen, true);
  scene.installation.switchTo("1.4.0");
  assert.equal(settlement.isOpen, true);
  scene.record.end({ ...refusal, message: "no space is left", announced: true });
  assert.equal(settlement.isOpen, false);
});

Deno.test("a version that was taken into use says so itself when the record cannot be written", async () => {
  using scene = new Scene();
  scene.begin("trial");
  const settlement = scene.as("1.4.0", { isTrial: true });
  const waiting = settlement.outcomeFor("order", NEVER);
  scene.installation.switchTo("1.4.0");
  for (let waited = 0; waited < 6_000; waited += 250) await scene.clock.advance(250);
  assert.equal((await waiting)?.code, 0);
});

Deno.test("an order that nobody knows has no outcome", async () => {
  using scene = new Scene();
  assert.equal(await scene.as("1.3.2").outcomeFor("other", NEVER), undefined);
});
