import assert from "node:assert/strict";
import { DEFAULTS } from "../../../src/manager/config/manager_options.ts";
import { BulkServer } from "../../support/bulk_server.ts";
import { clusterTest, startOne } from "../../support/nats_cluster.ts";
import { MemoryClock } from "../../support/fake_clock.ts";
import { eventsBody, numbered, TestManager } from "../harness.ts";
import { clusterOptions } from "../stores/contract.ts";
import { followed, moved, twoManagers } from "./two_managers.ts";

/** An index on a port. */
function startIndex() {
  const index = new BulkServer(["agent-events"]);
  const server = Deno.serve(
    {
      hostname: "127.0.0.1",
      port: 0,
      onListen: () => {},
      // As good as an answer that is lost: nothing says that it was done.
      onError: () => new Response(null, { status: 500 }),
    },
    (request) => index.fetch(request),
  );
  const url = `http://127.0.0.1:${server.addr.port}`;
  return {
    index,
    bulkOutput: { ...DEFAULTS.bulkOutput, url, batch_bytes: 2_000 },
    texts: () =>
      [...index.documents("agent-events").values()]
        .map(({ event }) => (event as { original: string }).original),
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

const range = (count: number) => Array.from({ length: count }, (_, index) => `line ${index}`);

/** Lets time pass for managers until `holds` does. */
async function passes(clock: MemoryClock, holds: () => boolean | Promise<boolean>): Promise<void> {
  await followed(async () => {
    await clock.advance(1_000);
    return await holds();
  });
}

clusterTest(
  "cluster: the events of all managers get into the index once, by one of them, through lost answers and refusals, and the next one goes on where it was",
  async () => {
    await using server = await startOne();
    await using output = startIndex();
    const clock = new MemoryClock();
    const { bulkOutput, index } = output;
    await using managers = await twoManagers(server, { clock, bulkOutput, tokenTtlMs: 86_400_000 });
    const { one, other } = managers;
    await one.enrol();
    const elsewhere = moved(one, other);
    const send = async (client: typeof elsewhere, first: number) => {
      const body = eventsBody(one.agentId, ...numbered(10, first));
      // Every other batch has no id of its own.
      const key = first % 20 === 0 ? `batch ${first}` : undefined;
      const answer = await client.postEvents(body, key === undefined ? {} : { key });
      assert.equal(answer.status, 204, await answer.text());
    };
    index.faults.push({ losesAnswer: true }, { item: (place) => place === 3 ? 503 : undefined });
    for (let first = 0; first < 100; first += 20) {
      await send(one, first);
      await send(elsewhere, first + 10);
    }
    await passes(clock, () => output.texts().length === 100);
    assert.deepEqual(new Set(output.texts()), new Set(range(100)));
    await passes(clock, async () => (await other.stats()).bulk_output.sent_up_to === "10");
    const { refused, missed } = (await other.stats()).bulk_output;
    assert.deepEqual([refused, missed], [0, 0]);
    await passes(clock, async () => (await other.stats()).bulk_output.waiting === 0);
    await managers.stop(one);
    await send(elsewhere, 100);
    index.faults.push({ item: (place) => place === 1 ? 400 : undefined });
    await passes(clock, () => output.texts().length === 109);
    await passes(clock, async () => (await other.stats()).bulk_output.refused === 1);
  },
);

clusterTest(
  "cluster: a state in the index is the newest, also when what came before it is sent again by another manager",
  async () => {
    await using server = await startOne();
    await using output = startIndex();
    const clock = new MemoryClock();
    const cluster = clusterOptions([server.url]);
    const open = (node: string) =>
      TestManager.open({
        agent: node === "one",
        clock,
        cluster: { ...cluster, node },
        bulkOutput: output.bulkOutput,
      });
    const one = await open("one");
    const { index } = output;
    const state = (id: string, operation: string, size: number) => {
      const header = { module: "fim", id, operation };
      const lines = operation === "delete" ? [header] : [header, { file: { size } }];
      return one.postEvents(eventsBody(one.agentId, ...lines), {
        stream: "stateful",
        key: crypto.randomUUID(),
      });
    };
    const files = () => [...index.documents("agent-states-fim").values()].map(({ file }) => file);
    await state("a", "create", 1);
    await state("b", "create", 2);
    await passes(clock, () => files().length === 2);
    await passes(clock, async () => (await one.stats()).bulk_output.sent_up_to === "2");
    // From here on the index takes them, and the manager never hears so.
    index.faults.push(...Array.from({ length: 100 }, () => ({ losesAnswer: true })));
    await state("a", "update", 3);
    await state("b", "delete", 0);
    await passes(clock, () => files().some((file) => (file as { size: number }).size === 3));
    await one.manager.close();
    const requests = index.requests.length;
    index.faults.length = 0;
    await using other = await open("other");
    await passes(clock, async () => (await other.stats()).bulk_output.sent_up_to === "4");
    assert.deepEqual(files(), [{ size: 3 }]);
    assert.ok(index.requests.length > requests);
  },
);
