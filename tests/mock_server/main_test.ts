import assert from "node:assert/strict";
import { eventsBody, numbered, TestClient } from "../manager/harness.ts";
import { ManagerProcess, records } from "../support/manager_process.ts";

async function inTempFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  await run(folder);
  await Deno.remove(folder, { recursive: true });
}

Deno.test("mock-server names the fault that it cannot read, and ends with 2", async () => {
  const args = ["--fault", "events:often"];
  await assert.rejects(ManagerProcess.start({ args }), /--fault <spec>.*events:often/);
});

Deno.test("mock-server says which record it cannot open, and what to do", async () => {
  const args = ["--record", "/nonexistent/x.jsonl"];
  await assert.rejects(
    ManagerProcess.start({ args }),
    /Error: Cannot start the mock-server: Cannot open record "\/nonexistent\/x.jsonl": no such file\nTry: name a file/,
  );
});

Deno.test("manager killed again and again while it takes events records each of them once", () =>
  inTempFolder(async (dataFolder) => {
    const recordFile = `${dataFolder}/record.jsonl`;
    const start = (commsPort = 0) =>
      ManagerProcess.start({ dataFolder, http: true, commsPort, args: ["--record", recordFile] });
    await using stack = new AsyncDisposableStack();
    let manager = stack.use(await start());
    const client = new TestClient(fetch, manager.managementUrl, manager.commsUrl);
    await client.enrol();
    const batches = new Batches(client);
    for (const killAfterMs of [20, 60, 100]) {
      const killed = new Promise((resolve) => setTimeout(resolve, killAfterMs))
        .then(() => manager.kill("SIGKILL"));
      await Promise.all([1, 2, 3].map(() => batches.sendUntilRefused()));
      await killed;
      manager = stack.use(await start(manager.commsPort));
    }
    await batches.sendUnanswered();
    await manager.stop();
    const seen = (await records(recordFile)).map(({ data }) => JSON.stringify(data));
    const sent = numbered(batches.count * 10).filter((_, index) => index % 2 === 1);
    assert.deepEqual(seen.toSorted(), sent.map((data) => JSON.stringify(data)).toSorted());
  }));

/** Batches of ten events; each is sent again, under its own key, until it is answered. */
class Batches {
  /** Batches begun. */
  count = 0;
  readonly #unanswered: number[] = [];

  constructor(readonly client: TestClient) {}

  /** Sends one batch after the other until the manager is gone. */
  async sendUntilRefused(): Promise<void> {
    for (;;) {
      const batch = this.#unanswered.shift() ?? this.count++;
      if (await this.#send(batch)) continue;
      this.#unanswered.push(batch);
      return;
    }
  }

  /** Sends what has had no answer yet. */
  async sendUnanswered(): Promise<void> {
    for (const batch of this.#unanswered.splice(0)) assert.ok(await this.#send(batch));
  }

  async #send(batch: number): Promise<boolean> {
    const body = eventsBody(this.client.agentId, ...numbered(10, batch * 10));
    try {
      return (await this.client.postEvents(body, { key: `batch ${batch}` })).status === 204;
    } catch {
      return false;
    }
  }
}
