import assert from "node:assert/strict";
import { exportEvents } from "../../../../src/manager/export_cli/export_events.ts";
import { ExportFile } from "../../../../src/manager/export_cli/export_file.ts";
import { EventSource } from "../../../../src/manager/export_cli/event_source.ts";
import { clusterTest, startOne } from "../../../support/nats_cluster.ts";
import { TempFolder } from "../../../support/queues.ts";
import { eventsBody, numbered, TestClient, TestManager } from "../../harness.ts";
import { clusterOptions } from "../../stores/contract.ts";
import { manage, moved, twoManagers } from "../two_managers.ts";

/** Exports what there is behind the last line of a file, by one manager. Returns what was warned of. */
async function exportBy(test: TestManager, path: string): Promise<string[]> {
  using file = ExportFile.open(path);
  const warnings: string[] = [];
  await exportEvents({
    clock: test.clock,
    source: new EventSource({
      url: "http://manager",
      user: "wazuh",
      password: "topsecret",
      fetch: test.fetch,
    }),
    after: file.last ?? "0",
    follow: false,
    write: (text) => file.write(text),
    warn: (text) => void warnings.push(text),
    signal: new AbortController().signal,
  });
  return warnings;
}

const textsIn = (path: string) =>
  Deno.readTextFileSync(path).split("\n").slice(0, -1)
    .map((line) => JSON.parse(line).data.event.original);

clusterTest(
  "cluster: manager export goes on at another manager, with every event once, also behind a line that was cut",
  async () => {
    await using server = await startOne();
    using folder = new TempFolder();
    const path = folder.file("events.ndjson");
    const servers = clusterOptions([server.url], { event_streams: 3 });
    await using one = await TestManager.open({
      agent: false,
      cluster: { ...servers, node: "one" },
    });
    await using other = await TestManager.open({
      agent: false,
      cluster: { ...servers, node: "other" },
    });
    const agents: TestClient[] = [];
    for (let number = 0; number < 5; number++) {
      agents.push(await new TestClient(one.fetch).enrol(`box-${number}`));
    }
    let sent = 0;
    const send = async (events: number, to: TestManager) => {
      for (const agent of agents) {
        const body = eventsBody(agent.agentId, ...numbered(events, sent));
        const answer = await moved(agent, to).postEvents(body, { key: crypto.randomUUID() });
        assert.equal(answer.status, 204);
        sent += events;
      }
    };
    await send(300, one);
    assert.deepEqual(await exportBy(other, path), []);
    await send(7, other);
    const whole = Deno.readFileSync(path);
    Deno.writeFileSync(path, whole.subarray(0, whole.length - 5_000));
    assert.deepEqual(await exportBy(one, path), []);
    const texts = textsIn(path);
    assert.equal(texts.length, sent);
    assert.equal(new Set(texts).size, sent);
  },
);

clusterTest(
  "cluster: GET /manager/events says how many batches are no longer kept, and knows the place of no other cluster",
  async () => {
    await using server = await startOne();
    await using managers = await twoManagers(server);
    const { one, other, options } = managers;
    await one.enrol();
    for (let batch = 0; batch < 5; batch++) {
      await one.postEvents(eventsBody(one.agentId, ...numbered(2, batch * 2)), { key: `${batch}` });
    }
    const { connect } = await import("@nats-io/transport-node");
    const { jetstream, jetstreamManager } = await import("@nats-io/jetstream");
    const connection = await connect({ servers: [server.url] });
    // As an import names a batch whose events are gone.
    const subject = `${options.name}.ev.0.stateless.${one.agentId}.0`;
    await jetstream(connection).publish(subject, "");
    await (await jetstreamManager(connection)).streams.purge(`${options.name}_EVENTS_0`, {
      seq: 4,
    });
    await connection.close();
    const answer = await manage(other, "/manager/events?after=1.1&limit=3");
    assert.equal(answer.headers.get("Batches-Missing"), "3");
    const lines = (await answer.text()).split("\n").slice(0, -1).map((line) => JSON.parse(line));
    assert.deepEqual(lines.map(({ number }) => number), ["4.1", "4", "5.1"]);
    const rest = await (await manage(other, "/manager/events?after=5.1")).text();
    assert.deepEqual(rest.split("\n").slice(0, -1).map((line) => JSON.parse(line).number), ["5"]);
    const beyond = await manage(other, "/manager/events?after=7");
    assert.equal(beyond.status, 409);
    assert.match((await beyond.json()).message, /newest batch of .*_EVENTS_0 is number 6/);
    const wrong = await manage(other, "/manager/events?after=1,2");
    assert.equal(wrong.status, 400);
    await wrong.body?.cancel();
  },
);
