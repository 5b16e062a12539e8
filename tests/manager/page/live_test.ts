import assert from "node:assert/strict";
import { LiveFeed } from "../../../src/manager/page/live_feed.ts";
import { DEFAULTS } from "../../../src/manager/config/manager_options.ts";
import { MemoryClock } from "../../support/fake_clock.ts";
import { openPage, type Visitor } from "./visitor.ts";

/** Reads a stream, event by event. */
class LiveReader {
  readonly #reader: ReadableStreamDefaultReader<string>;

  constructor(answer: Response) {
    assert.equal(answer.status, 200);
    assert.match(answer.headers.get("Content-Type") ?? "", /^text\/event-stream/);
    assert.ok(answer.body !== null);
    this.#reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  }

  static async open(visitor: Visitor): Promise<LiveReader> {
    return new LiveReader(await visitor.get("/page/live"));
  }

  /** What one look tells; `undefined` at the end. */
  async next(): Promise<{ names: string[]; text: string } | undefined> {
    const { value } = await this.#reader.read();
    if (value === undefined) return undefined;
    const names = [...value.matchAll(/^event: (.*)$/gm)].map(([, name = ""]) => name);
    return { names, text: value };
  }

  async leave(): Promise<void> {
    await this.#reader.cancel();
  }
}

Deno.test("page: a stream tells of a change once, each second a tick, and nothing of what stays as it is", async () => {
  const { manager, visitor } = await openPage({ clock: new MemoryClock() });
  await using _manager = manager;
  const reader = await LiveReader.open(visitor);
  const first = await reader.next();
  assert.deepEqual(first?.names, ["tick"]);
  assert.match(first?.text ?? "", /data-count="active"><data value="0">/);
  const ticking = reader.next();
  await manager.clock.advance(1_000);
  assert.deepEqual((await ticking)?.names, ["tick"]);
  const changing = reader.next();
  manager.manager.keepAlive.heard(manager.agentId, "poll", "192.0.2.1");
  await manager.clock.advance(1_000);
  const changed = await changing;
  assert.deepEqual(changed?.names, ["tick", "agents"]);
  assert.match(changed?.text ?? "", /data-count="active"><data value="1">/);
  await reader.leave();
});

Deno.test("page: an agent that changes places with another is told too, though the counts stay", async () => {
  const { manager, visitor } = await openPage({ clock: new MemoryClock() });
  await using _manager = manager;
  const { keepAlive } = manager.manager;
  const one = manager.agentId;
  await manager.enrol("other");
  keepAlive.heard(one, "poll", undefined);
  const reader = await LiveReader.open(visitor);
  await reader.next();
  keepAlive.stopped(one);
  keepAlive.heard(manager.agentId, "poll", undefined);
  keepAlive.heard(one, "poll", undefined);
  keepAlive.stopped(manager.agentId);
  const changing = reader.next();
  await manager.clock.advance(1_000);
  assert.ok((await changing)?.names.includes("agents"));
  await reader.leave();
});

Deno.test("page: 50 streams are open at most, and one that ends makes room", async () => {
  const { manager, visitor } = await openPage({ clock: new MemoryClock() });
  await using _manager = manager;
  const readers: LiveReader[] = [];
  for (let count = 0; count < 50; count++) readers.push(await LiveReader.open(visitor));
  const refused = await visitor.get("/page/live");
  assert.equal(refused.status, 503);
  assert.equal(refused.headers.get("Retry-After"), "30");
  await refused.text();
  assert.match(await visitor.read("/page/nodes"), /data-figure="open_pages">.*?value="50"/);
  await readers[0]?.leave();
  await (await LiveReader.open(visitor)).leave();
  for (const reader of readers) await reader.leave();
});

Deno.test("page: a stream is cut before its session ends, and after 15 minutes at the latest", async () => {
  for (const [tokenTtlMs, cutMs] of [[100_000, 90_000], [36_000_000, 900_000]] as const) {
    const keepAlive = { ...DEFAULTS.keepAlive, enabled: false };
    const options = { clock: new MemoryClock(), tokenTtlMs, keepAlive };
    const { manager, visitor } = await openPage(options);
    await using _manager = manager;
    const answer = await visitor.get("/page/live");
    let ended = false;
    const reading = answer.body?.pipeTo(new WritableStream()).then(() => ended = true);
    await manager.clock.advance(cutMs - 1_000);
    assert.equal(ended, false);
    await manager.clock.advance(2_000);
    await reading;
  }
});

Deno.test("page: a manager that stops ends the streams, and takes no more", async () => {
  const { manager, visitor } = await openPage({ clock: new MemoryClock() });
  await using _manager = manager;
  const reader = await LiveReader.open(visitor);
  await reader.next();
  manager.manager.endWaits();
  assert.equal(await reader.next(), undefined);
  assert.equal((await visitor.get("/page/live")).status, 503);
});

Deno.test("page: who has no session gets no stream", async () => {
  const { manager, visitor } = await openPage({ clock: new MemoryClock() });
  await using _manager = manager;
  visitor.cookie = "";
  assert.equal((await visitor.get("/page/live", { "HX-Request": "true" })).status, 401);
});

/** A feed whose looks take `costMs` each, and what it has seen. */
function feedThatTakes(costMs: number) {
  const clock = new MemoryClock();
  let spentMs = 0;
  const looksAt: number[] = [];
  const feed = new LiveFeed({
    clock: { ...slowed(clock, () => spentMs) },
    look: () => {
      looksAt.push(clock.monotonic());
      spentMs += costMs;
      return looksAt.length;
    },
  });
  return { clock, feed, looksAt };
}

function slowed(clock: MemoryClock, spentMs: () => number) {
  return {
    now: () => clock.now(),
    monotonic: () => clock.monotonic() + spentMs(),
    sleep: (durationMs: number, signal?: AbortSignal) => clock.sleep(durationMs, signal),
  };
}

Deno.test("LiveFeed looks once a second for all that follow, and not at all when nobody does", async () => {
  const { clock, feed, looksAt } = feedThatTakes(0);
  await clock.advance(5_000);
  assert.deepEqual(looksAt, []);
  const leave = [feed.follow(), feed.follow(), feed.follow()];
  await clock.advance(3_000);
  assert.deepEqual(looksAt, [0, 1_000, 2_000, 3_000].map((ms) => ms + 5_000));
  for (const one of [...leave, ...leave]) one();
  await clock.advance(10_000);
  assert.equal(looksAt.length, 4);
  const { signal } = new AbortController();
  feed.follow();
  assert.equal((await feed.next(0, signal)).number, 5, "a number never stands for two looks");
});

Deno.test("LiveFeed takes a fiftieth of the time, however long a look takes", async () => {
  const { clock, feed, looksAt } = feedThatTakes(100);
  feed.follow();
  await clock.advance(15_000);
  assert.deepEqual(looksAt, [0, 5_000, 10_000, 15_000]);
});

Deno.test("page: what scripts fetch is made once for all that look at the same, and anew after each look", async () => {
  const { manager, visitor } = await openPage({ clock: new MemoryClock() });
  await using _manager = manager;
  const { keepAlive } = manager.manager;
  const isActive = async (headers: Record<string, string>) =>
    (await (await visitor.get("/page/fleet?order=id", headers)).text()).includes(
      'class="pill active">Active',
    );
  const script = { "HX-Request": "true" };
  assert.equal(await isActive(script), false);
  const reader = await LiveReader.open(visitor);
  await reader.next();
  assert.equal(await isActive(script), false);
  keepAlive.heard(manager.agentId, "poll", undefined);
  assert.equal(await isActive(script), false);
  // Who loads the view sees how it is now.
  assert.equal(await isActive({}), true);
  const changing = reader.next();
  await manager.clock.advance(1_000);
  assert.ok((await changing)?.names.includes("agents"));
  assert.equal(await isActive(script), true);
  await reader.leave();
});
