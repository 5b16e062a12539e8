import assert from "node:assert/strict";
import { type RecordMarker, RecordMarkerTable } from "../../mock_server/record_marker.ts";
import { RECORD_SCHEMA } from "../../mock_server/record_schema.ts";
import { Store } from "../../src/manager/store.ts";
import { type RecordedEvent, records } from "../support/manager_process.ts";
import { eventsBody, numbered } from "../manager/harness.ts";
import { type MockTestOptions, openMock } from "./harness.ts";

interface Place {
  dataFolder: string;
  recordFile: string;
}

async function inTempFolder(run: (place: Place) => Promise<void>): Promise<void> {
  const dataFolder = await Deno.makeTempDir();
  await run({ dataFolder, recordFile: `${dataFolder}/record.jsonl` });
  await Deno.remove(dataFolder, { recursive: true });
}

/** Opens a manager, posts `count` events numbered from `first` two by two, and closes it. */
async function post(options: MockTestOptions, count: number, first: number): Promise<void> {
  await using test = await openMock({ ...options, agent: false });
  await test.enrol(`agent ${first}`);
  for (let next = first; next < first + count; next += 2) {
    const answer = await test.postEvents(eventsBody(test.agentId, ...numbered(2, next)));
    assert.equal(answer.status, 204);
  }
}

function withStore<T>({ dataFolder }: Place, use: (store: Store) => T): T {
  const path = `${dataFolder}/manager.db`;
  const options = { path, keepEvents: 100, idempotencyKeys: 100, parts: [RECORD_SCHEMA] };
  const store = new Store(options);
  try {
    return use(store);
  } finally {
    store.close();
  }
}

/** Puts the marker back, as if the process had been killed before it moved. */
function forgetProgress(place: Place, marker: RecordMarker): void {
  withStore(place, ({ database }) => new RecordMarkerTable(database).set(marker));
}

function markerOf(place: Place): RecordMarker {
  const marker = withStore(place, ({ database }) => new RecordMarkerTable(database).get());
  assert.ok(marker !== undefined);
  return marker;
}

function numbersOf(events: RecordedEvent[]): number[] {
  return events.map(({ data }) => {
    const { original } = data?.event as { original: string };
    return Number(original.slice("line ".length));
  });
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

Deno.test("record gains one line for each event, in order", () =>
  inTempFolder(async ({ recordFile }) => {
    let agentId = "";
    {
      await using test = await openMock({ recordFile });
      agentId = test.agentId;
      await test.postEvents(eventsBody(agentId, ...numbered(1)), { key: "k1" });
      await test.postEvents(eventsBody(agentId, ...numbered(1)), { key: "k1" });
      const stateful = eventsBody(
        agentId,
        { module: "inventory", id: "a", operation: "delete" },
        { module: "inventory", id: "b", operation: "create" },
        { package: { name: "x" } },
      );
      await test.clock.advance(1_000);
      await test.postEvents(stateful, { stream: "stateful" });
    }
    const common = { agent_id: agentId };
    assert.deepEqual(await records(recordFile), [
      {
        received_at: "2026-01-01T00:00:00.000Z",
        ...common,
        stream: "stateless",
        batch_id: "k1",
        header: { module: "logcollector", collector: "file" },
        data: { event: { original: "line 0" } },
      },
      {
        received_at: "2026-01-01T00:00:01.000Z",
        ...common,
        stream: "stateful",
        batch_id: null,
        header: { module: "inventory", id: "a", operation: "delete" },
        data: null,
      },
      {
        received_at: "2026-01-01T00:00:01.000Z",
        ...common,
        stream: "stateful",
        batch_id: null,
        header: { module: "inventory", id: "b", operation: "create" },
        data: { package: { name: "x" } },
      },
    ]);
  }));

Deno.test("record: Recorder.flush() waits until what is stored is written", () =>
  inTempFolder(async ({ recordFile }) => {
    await using test = await openMock({ recordFile });
    const posts = range(20).map((first) =>
      test.postEvents(eventsBody(test.agentId, ...numbered(1, first)))
    );
    await Promise.all(posts);
    await test.manager.recorder?.flush();
    assert.deepEqual(numbersOf(await records(recordFile)).toSorted((a, b) => a - b), range(20));
  }));

Deno.test("record has what was stored but not appended when the manager was killed", () =>
  inTempFolder(async (place) => {
    await post(place, 4, 0);
    const marker = markerOf(place);
    await post(place, 6, 4);
    forgetProgress(place, marker);
    await Deno.truncate(place.recordFile, marker.fileBytes);
    await post(place, 2, 10);
    assert.deepEqual(numbersOf(await records(place.recordFile)), range(12));
  }));

Deno.test("record has nothing twice when the manager was killed before it noted the append", () =>
  inTempFolder(async (place) => {
    await post(place, 4, 0);
    const marker = markerOf(place);
    await post(place, 6, 4);
    forgetProgress(place, marker);
    await post(place, 2, 10);
    assert.deepEqual(numbersOf(await records(place.recordFile)), range(12));
  }));

Deno.test("record has no half line when the manager was killed in the middle of an append", () =>
  inTempFolder(async (place) => {
    await post(place, 4, 0);
    const marker = markerOf(place);
    await post(place, 6, 4);
    forgetProgress(place, marker);
    await Deno.truncate(place.recordFile, marker.fileBytes + 37);
    await post(place, 2, 10);
    assert.deepEqual(numbersOf(await records(place.recordFile)), range(12));
  }));

Deno.test("record goes on when somebody has removed the file", () =>
  inTempFolder(async (place) => {
    await post(place, 4, 0);
    await Deno.remove(place.recordFile);
    await post(place, 2, 4);
    assert.deepEqual(numbersOf(await records(place.recordFile)), [4, 5]);
  }));

Deno.test("record begins with the next event when the manager ran without it for a while", () =>
  inTempFolder(async (place) => {
    await post(place, 2, 0);
    await post({ dataFolder: place.dataFolder }, 2, 2);
    await post(place, 2, 4);
    assert.deepEqual(numbersOf(await records(place.recordFile)), [0, 1, 4, 5]);
  }));

Deno.test("record: events stay in the store until they are recorded", () =>
  inTempFolder(async (place) => {
    await post(place, 2, 0);
    const { recordedUpTo } = markerOf(place);
    withStore(place, (store) => {
      store.events.keepFor(() => recordedUpTo);
      for (let index = 0; index < 300; index++) {
        const group = {
          receivedAtMs: 0,
          agentId: "a",
          stream: "stateless" as const,
          batchId: null,
          events: 1,
          lines: `{"module":"m"}\n{"event":{"original":"line ${index + 2}"}}`,
        };
        const answer = { status: 204, body: "" };
        store.events.accept({ group, requestKey: undefined, answer, shutdown: false });
      }
    });
    await post({ ...place, keepEvents: 100 }, 2, 302);
    assert.deepEqual(numbersOf(await records(place.recordFile)), range(304));
  }));
