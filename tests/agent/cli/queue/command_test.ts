import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { claim, fill, QueueScene, stateless } from "../../../support/filled_queue.ts";
import { openQueue } from "../../../support/queues.ts";

/** Lines of NDJSON. */
function lines(text: string) {
  return text.trimEnd().split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
}

Deno.test("queue stat shows what each stream holds, since when and from where", async () => {
  using scene = new QueueScene();
  await fill(scene);
  const { streams, dead_letters, losses, limits, database, schema } = await scene.json(
    "queue",
    "stat",
  );
  assert.equal(schema, 1);
  const { account, sources, sampled, batches, oldest_at } = streams.stateless;
  assert.equal(account.queued.events, 3);
  assert.equal(account.dead_lettered.events, 2);
  assert.equal(account.dropped.events, 3);
  assert.deepEqual(sources, [{ module: "logcollector", collector: "file", events: 3 }]);
  assert.equal(sampled, false);
  assert.equal(oldest_at, "2026-01-01T00:00:00.000Z");
  assert.deepEqual(
    batches.map(({ first_event, events }: { first_event: number; events: number }) => [
      first_event,
      events,
    ]),
    [[3, 2]],
  );
  assert.deepEqual(streams.stateful.sources, [{ module: "inventory", collector: null, events: 2 }]);
  assert.equal(dead_letters.letters, 1);
  assert.equal(losses.events, 3);
  assert.ok(limits.max_bytes > 0 && database.bytes > 0);
  const { stdout } = await scene.run("queue", "stat");
  assert.match(
    stdout,
    /^stateless +3 events \(\d+ bytes\) queued, stored 2026-01-01T00:00:00Z to /m,
  );
  assert.match(stdout, /^ {2}from +logcollector\/file: 3$/m);
});

Deno.test("queue stat estimates by module when the queue is long, and says so", async () => {
  using scene = new QueueScene();
  using queue = openQueue(scene.folder);
  const long = "x".repeat(1_000);
  for (let group = 0; group < 20; group++) {
    await queue.append({ stream: "stateless", events: stateless(1_000, long) });
  }
  const { streams: { stateless: { sources, sampled } } } = await scene.json("queue", "stat");
  assert.equal(sampled, true);
  assert.deepEqual(sources, [{ module: "logcollector", collector: "file", events: 20_000 }]);
  assert.match((await scene.run("queue", "stat")).stdout, /logcollector\/file: about 20000$/m);
});

Deno.test("queue peek shows the oldest events of each stream as they are sent, and leaves them", async () => {
  using scene = new QueueScene();
  await fill(scene);
  assert.equal(
    (await scene.run("queue", "peek", "-n", "1")).stdout,
    `stateless 3
  {"module":"logcollector","collector":"file"}
  {"event":{"original":"line 2"}}
stateful 1
  {"module":"inventory","id":"p1","operation":"create"}
  {"package":{"name":"vim"}}
`,
  );
  const { stdout } = await scene.run("queue", "peek", "--stream", "stateful", "--json");
  assert.deepEqual(
    lines(stdout).map(({ event, header, data }) => [event, header.operation, data]),
    [
      [1, "create", { package: { name: "vim" } }],
      [2, "delete", null],
    ],
  );
  const other = await scene.run("queue", "peek", "--module", "fim");
  assert.deepEqual([other.code, other.stdout], [0, "No such event is queued.\n"]);
  assert.equal((await scene.run("queue", "verify")).code, 0);
});

Deno.test("queue peek hides what matches --redact, and nothing in an event reaches the terminal", async () => {
  using scene = new QueueScene();
  using queue = openQueue(scene.folder);
  await queue.append({ stream: "stateless", events: stateless(1, "key=s3cret \u202e ") });
  const { stdout } = await scene.run("queue", "peek", "--redact", "key=\\w+");
  assert.match(stdout, /"original":"\[redacted\] \\u202e 0"/);
});

Deno.test("queue export writes each event as a line of JSON, and goes on behind --after", async () => {
  using scene = new QueueScene();
  await fill(scene);
  const all = lines((await scene.run("queue", "export")).stdout);
  assert.deepEqual(all.map(({ stream, event }) => `${stream} ${event}`), [
    "stateless 3",
    "stateless 4",
    "stateless 5",
    "stateful 1",
    "stateful 2",
  ]);
  assert.deepEqual(all[0], {
    stream: "stateless",
    event: 3,
    stored_at: "2026-01-01T00:00:00.000Z",
    header: { module: "logcollector", collector: "file" },
    data: { event: { original: "line 2" } },
  });
  const rest = await scene.run("queue", "export", "--stream", "stateless", "--after", "4");
  assert.deepEqual(lines(rest.stdout).map(({ event }) => event), [5]);
  assert.equal((await scene.run("queue", "export", "--since", "2026-01-01T00:00:01Z")).stdout, "");
});

Deno.test("queue export goes through a queue that is longer than a page, while batches leave it", async () => {
  using scene = new QueueScene();
  using queue = openQueue(scene.folder);
  for (let group = 0; group < 6; group++) {
    await queue.append({ stream: "stateless", events: stateless(1_000, "x".repeat(1_000)) });
  }
  await queue.acknowledge(await claim(queue, "stateless", 500), { status: 200 });
  const out = scene.folder.file("events.ndjson");
  const { code, stdout, stderr } = await scene.run("queue", "export", "--out", out);
  assert.deepEqual([code, stdout, stderr], [0, "", `5500 events written to "${out}"\n`]);
  const numbers = lines(Deno.readTextFileSync(out)).map(({ event }) => event);
  assert.deepEqual(numbers, Array.from({ length: 5_500 }, (_, index) => index + 501));
  assert.equal((Deno.statSync(out).mode ?? 0) & 0o777, 0o600);
  const again = await scene.run("queue", "export", "--out", out);
  assert.equal(again.code, 1);
  assert.match(again.stderr, /^Error: Cannot write ".*": it exists already\nTry: name a file that/);
});

Deno.test("queue export keeps its lines JSON when an event is damaged, and marks it", async () => {
  using scene = new QueueScene();
  await fill(scene);
  scene.damage(
    `UPDATE stateless_chunk SET lines = cast(replace(cast(lines AS TEXT), '"line 4"', '"line 4$')
       AS BLOB) WHERE last_event = 5`,
  );
  const [, , damaged] = lines((await scene.run("queue", "export")).stdout);
  assert.equal(damaged.damaged, true);
  assert.equal(damaged.data, '{"event":{"original":"line 4$}}');
});

Deno.test("queue verify ends with 0 when all is well, else with 1, the defects and what to do", async () => {
  using scene = new QueueScene();
  await fill(scene);
  const sound = await scene.run("queue", "verify");
  assert.equal(sound.code, 0);
  assert.match(
    sound.stdout,
    /^Checked 5 events \(\d+ bytes\) in \d chunks, 1 batch, 1 checkpoint, 1 dead letter\n$/,
  );
  scene.damage("UPDATE account SET taken_events = 9 WHERE stream = 'stateful'");
  const { code, stdout, stderr } = await scene.run("queue", "verify");
  assert.equal(code, 1);
  assert.match(stdout, /\n {2}account stateful: says 9 events of \d+ bytes queued, stored are 2 /);
  assert.match(stderr, /^Error: The queue has 1 defect\nTry: agent queue repair\n$/);
  const document = await scene.json("queue", "verify");
  assert.deepEqual([document.schema, document.sound, document.defect_count], [1, false, 1]);
});

const ALL = [
  ["queue", "stat"],
  ["queue", "peek"],
  ["queue", "verify"],
  ["queue", "export"],
  ["queue", "repair"],
  ["dead-letters", "retry", "--all"],
  ["dead-letters", "drop", "1"],
  ["losses"],
  ["dead-letters", "list"],
  ["dead-letters", "show", "1"],
  ["dead-letters", "export"],
];

for (const words of ALL) {
  Deno.test(`${words.join(" ")} without a queue says what is missing, and makes nothing`, async () => {
    using scene = new QueueScene();
    const { code, stdout, stderr } = await scene.run(...words);
    assert.deepEqual([code, stdout], [4, ""]);
    assert.match(stderr, /^Error: .*not registered.*\nTry: agent register/s);
    assert.deepEqual([...Deno.readDirSync(scene.folder.path)].map(({ name }) => name), [
      "agent.yaml",
    ]);
    assert.equal(existsSync(scene.folder.file("agent.db")), false);
  });
}

Deno.test("queue verify, stat and export read a queue that no agent has upgraded yet", async () => {
  using scene = new QueueScene();
  const fixture = new URL("../../queue/fixtures/version_1/clean.db", import.meta.url);
  Deno.copyFileSync(fixture, scene.folder.file("agent.db"));
  assert.equal((await scene.run("queue", "verify")).code, 0);
  const { stdout } = await scene.run("queue", "export");
  const { streams: { stateless, stateful } } = await scene.json("queue", "stat");
  const queued = stateless.account.queued.events + stateful.account.queued.events;
  assert.ok(queued > 0);
  assert.equal(lines(stdout).length, queued);
});

Deno.test("queue names the subcommand that was perhaps meant, and the values that a flag takes", async () => {
  using scene = new QueueScene();
  assert.match(
    (await scene.run("queue", "verfy")).stderr,
    /unknown command 'verfy' \(Did you mean verify\?\)/,
  );
  const stream = await scene.run("queue", "peek", "--stream", "x");
  assert.deepEqual([stream.code, /Expected stateless or stateful/.test(stream.stderr)], [2, true]);
  assert.match(
    (await scene.run("queue", "export", "--since", "soon")).stderr,
    /such as 30m nor a time/,
  );
  assert.match(
    (await scene.run("queue", "peek", "--redact", "(")).stderr,
    /Not a regular expression/,
  );
});
