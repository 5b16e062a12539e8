import assert from "node:assert/strict";
import { join } from "node:path";
import { clusterTest, startOne } from "../../support/nats_cluster.ts";
import { TempFolder } from "../../support/queues.ts";
import { eventsBody, numbered, TestManager } from "../harness.ts";
import { clusterOptions } from "../stores/contract.ts";

const ROOT = join(import.meta.dirname ?? "", "../../..");

interface Line {
  id: string;
  version: number;
  header: { operation?: string };
  data: { event: { original: string } } | null;
}

/** Runs the program of docs/export.md until it has written `count` lines, and kills it. */
async function runExample(folder: TempFolder, url: string, name: string, count: number) {
  const page = await Deno.readTextFile(join(ROOT, "docs/export.md"));
  const [, program = ""] = /```ts\n(\/\/ siem\.ts[^]*?)```/.exec(page) ?? [];
  await Deno.writeTextFile(folder.file("siem.ts"), program);
  const config = ["--config", join(ROOT, "deno.json"), "--no-lock", "--quiet"];
  const rights = ["--allow-net", "--allow-env", "--allow-sys", "--allow-read"];
  await using child = new Deno.Command(Deno.execPath(), {
    args: ["run", ...config, ...rights, folder.file("siem.ts"), url, name, "0"],
    stdout: "piped",
  }).spawn();
  let text = "";
  for await (const piece of child.stdout.pipeThrough(new TextDecoderStream())) {
    text += piece;
    if (text.split("\n").length > count) break;
  }
  return text.split("\n").slice(0, -1).map((line): Line => JSON.parse(line));
}

clusterTest(
  "cluster: the consumer of docs/export.md gets every event, goes on where it was, and gives a repeat the id that it had",
  async () => {
    await using server = await startOne();
    using folder = new TempFolder();
    const cluster = clusterOptions([server.url]);
    await using test = await TestManager.open({ cluster });
    const send = (first: number, key: string) =>
      test.postEvents(eventsBody(test.agentId, ...numbered(2, first)), { key });
    await send(0, "a b");
    const deletion = { module: "fim", id: "x", operation: "delete" };
    await test.postEvents(eventsBody(test.agentId, deletion), { stream: "stateful" });
    const lines = await runExample(folder, server.url, cluster.name, 3);
    assert.deepEqual(lines.map(({ data }) => data?.event.original), [
      "line 0",
      "line 1",
      undefined,
    ]);
    assert.deepEqual(lines.map(({ id }) => id), [
      `${test.agentId}-a%20b-0`,
      `${test.agentId}-a%20b-1`,
      `${test.agentId}-${cluster.name}_EVENTS_0-2-0`,
    ]);
    assert.deepEqual(lines[2]?.header, deletion);
    await send(2, "c");
    await send(0, "a b");
    const more = await runExample(folder, server.url, cluster.name, 2);
    // What was not confirmed when it was killed comes again, under its id.
    const news = new Map(more.map(({ id, data }) => [id, data?.event.original]));
    for (const { id } of lines) news.delete(id);
    assert.deepEqual([...news.values()].slice(0, 2), ["line 2", "line 3"]);
  },
);
