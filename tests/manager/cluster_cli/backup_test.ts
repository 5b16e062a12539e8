import assert from "node:assert/strict";
import { join } from "node:path";
import { AckPolicy, DeliverPolicy } from "@nats-io/jetstream";
import { ClusterLink } from "../../../src/manager/cluster/link/cluster_link.ts";
import type { ClusterOptions } from "../../../src/manager/cluster/options_schema.ts";
import { restoreBackup } from "../../../src/manager/cluster_cli/backup/restore.ts";
import { takeBackup } from "../../../src/manager/cluster_cli/backup/take_backup.ts";
import { streamsOf } from "../../../src/manager/cluster_cli/content.ts";
import { clusterTest, startOne } from "../../support/nats_cluster.ts";
import { TempFolder } from "../../support/queues.ts";
import { eventsBody, KEY, numbered, TestManager } from "../harness.ts";
import { clusterOptions } from "../stores/contract.ts";
import { ordersOf, statefulBody } from "./single_scene.ts";

const COMMAND = (id: string) => ({
  source: "Engine",
  user: "me",
  target: { type: "agent", id },
  action: { name: "status", args: {}, version: "1" },
  timeout: 600,
});

/** A server with something of everything on it, and a backup of that. */
class BackupScene implements AsyncDisposable {
  readonly folder = new TempFolder();
  readonly backup: string = this.folder.file("backup");
  readonly #stack = new AsyncDisposableStack();
  readonly warnings: string[] = [];
  agentId = "";
  agentToken = "";
  orders: unknown[] = [];
  options!: ClusterOptions;

  static async open(): Promise<BackupScene> {
    const scene = new BackupScene();
    const server = scene.#stack.use(await startOne());
    scene.options = clusterOptions([server.url]);
    await scene.#fill();
    await scene.linked((link) => readOne(link, `${scene.options.name}_EVENTS_0`));
    await scene.linked(async (link) => void await takeBackup(link, scene.backup));
    return scene;
  }

  /** Another server that nothing is on. */
  async emptyServer(): Promise<ClusterOptions> {
    const server = this.#stack.use(await startOne());
    return { ...this.options, servers: [server.url] };
  }

  /** Runs `work` with a connection of its own. */
  async linked<T>(work: (link: ClusterLink) => Promise<T>, options = this.options): Promise<T> {
    const link = await ClusterLink.open(options);
    try {
      return await work(link);
    } finally {
      await link.close();
    }
  }

  restore(options: ClusterOptions, { replace = false, killAfter = Infinity } = {}) {
    return this.linked(async (link) => {
      const request = link.connection.request.bind(link.connection);
      let left = killAfter;
      link.connection.request = async (...message) => {
        if (left-- <= 0) await link.connection.close();
        return await request(...message);
      };
      const warn = (text: string) => void this.warnings.push(text);
      return await restoreBackup(link, { folder: this.backup, replace, warn });
    }, options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
    this.folder[Symbol.dispose]();
  }

  async #fill(): Promise<void> {
    await using test = await TestManager.open({ cluster: this.options });
    this.agentId = test.agentId;
    this.agentToken = test.agentToken;
    await test.postEvents(eventsBody(test.agentId, ...numbered(3)), { key: "plain" });
    const body = statefulBody(test.agentId, ["a", "b"]);
    await test.postEvents(body, { key: "stateful", stream: "stateful" });
    for (let count = 0; count < 2; count++) {
      await test.manager.commands.submit([COMMAND(test.agentId) as never]);
      if (count === 1) break;
      const [order] = (await (await test.get("/api/v1/commands")).json()).commands;
      const report = eventsBody(
        test.agentId,
        { module: "command", id: order.document_id, operation: "update" },
        { command: { result: { code: 0 } } },
      );
      await test.postEvents(report, { key: "report", stream: "stateful" });
    }
    await test.manager.stores.files?.put("web.yml", new TextEncoder().encode("log: {}\n"));
    this.orders = await ordersOf(test);
  }
}

/** Has a durable consumer read the first batch. */
async function readOne({ manager, js }: ClusterLink, stream: string): Promise<void> {
  const settings = { durable_name: "siem", ack_policy: AckPolicy.Explicit };
  await manager.consumers.add(stream, settings);
  const message = await (await js.consumers.get(stream, "siem")).next();
  await message?.ackAck();
}

/** Every message of every stream. */
async function everything(link: ClusterLink): Promise<Record<string, unknown[]>> {
  const all: Record<string, unknown[]> = {};
  for (const { what, info } of await streamsOf(link)) {
    const messages: unknown[] = [];
    all[what] = messages;
    const consumer = await link.js.consumers.get(info.config.name, {
      deliver_policy: DeliverPolicy.All,
    });
    if (info.state.messages === 0) continue;
    for await (const message of await consumer.fetch({ max_messages: info.state.messages })) {
      const { subject, seq, time } = message;
      const headers = Object.fromEntries(message.headers ?? []);
      messages.push({ subject, seq, time, headers, text: message.string() });
    }
    await consumer.delete();
  }
  return all;
}

clusterTest(
  "cluster backup, cluster restore: everything is as it was: messages, logins, tokens, repeats, orders, files",
  async () => {
    await using scene = await BackupScene.open();
    const before = await scene.linked(everything);
    assert.ok((before.EVENTS_0?.length ?? 0) >= 3);
    const options = await scene.emptyServer();
    await scene.restore(options);
    assert.deepEqual(await scene.linked(everything, options), before);
    await using test = await TestManager.open({ agent: false, cluster: options });
    const { agentId, agentToken } = scene;
    Object.assign(test, { agentId, agentToken });
    const plain = eventsBody(agentId, ...numbered(3));
    assert.equal((await test.postEvents(plain, { key: "plain" })).status, 204);
    const body = statefulBody(agentId, ["a", "b"]);
    await test.postEvents(body, { key: "stateful", stream: "stateful" });
    assert.equal((await test.stats()).duplicates_suppressed, 2);
    assert.equal((await test.logIn(agentId, KEY)).status, 200);
    assert.deepEqual(await ordersOf(test), scene.orders);
    const file = await test.get("/api/v1/files?file_name=web.yml");
    assert.equal(await file.text(), "log: {}\n");
    const reader = await scene.linked(
      (link) => link.manager.consumers.info(`${options.name}_EVENTS_0`, "siem"),
      options,
    );
    assert.deepEqual([reader.ack_floor.stream_seq, reader.num_pending], [1, 2]);
  },
);

clusterTest(
  "cluster restore: killed at whatever request it goes on, and no manager starts until its end",
  async () => {
    await using scene = await BackupScene.open();
    const before = await scene.linked(everything);
    const options = await scene.emptyServer();
    let killAfter = 12;
    while (await scene.restore(options, { killAfter }).catch(() => undefined) === undefined) {
      killAfter += 5;
      if (killAfter !== 32) continue;
      await assert.rejects(
        TestManager.open({ agent: false, cluster: options }),
        /^AgentError: A restore of this cluster began at .* and is not at its end/,
      );
    }
    assert.ok(killAfter > 40, `${killAfter} requests`);
    assert.deepEqual(await scene.linked(everything, options), before);
  },
);

clusterTest(
  "cluster restore: an order that is both open and done counts as done",
  async () => {
    await using scene = await BackupScene.open();
    // As if it had ended between the snapshots of the two streams.
    await scene.linked(async (link) => {
      const [done] = (await everything(link)).DONE as { text: string }[];
      const order = JSON.parse(done?.text ?? "");
      const again = { orders: [{ ...order, status: "pending", finished_at: null, offer_at: 1 }] };
      const key = `$KV.${scene.options.name}_ORDERS.open.${scene.agentId}`;
      await link.js.publish(key, JSON.stringify(again));
      await Deno.remove(scene.backup, { recursive: true });
      await takeBackup(link, scene.backup);
    });
    const options = await scene.emptyServer();
    assert.equal((await scene.restore(options)).ended_orders, 1);
    await using test = await TestManager.open({ agent: false, cluster: options });
    assert.deepEqual(
      (await test.manager.stores.orders.offer(scene.agentId, Date.now())).commands,
      [],
    );
  },
);

clusterTest(
  "cluster restore: refuses a backup that is damaged or of something else, before anything is changed",
  async () => {
    await using scene = await BackupScene.open();
    const options = await scene.emptyServer();
    const path = join(scene.backup, "KV_AGENTS.snapshot");
    const whole = await Deno.readFile(path);
    const manifest = join(scene.backup, "backup.json");
    const text = await Deno.readTextFile(manifest);
    const refused = async (words: RegExp, changes: Partial<ClusterOptions> = {}) => {
      await assert.rejects(scene.restore({ ...options, ...changes }, { replace: true }), words);
      assert.deepEqual(await scene.linked(streamsOf, options), []);
    };
    await Deno.writeFile(path, whole.map((byte, index) => index === 99 ? byte ^ 1 : byte));
    await refused(/is damaged: KV_AGENTS.snapshot is not what was written \(its bytes differ\)/);
    await Deno.writeFile(path, whole.subarray(0, -1));
    await refused(/is damaged: KV_AGENTS.snapshot is not what was written \(\d+ bytes for \d+\)/);
    await Deno.remove(path);
    await refused(/lacks KV_AGENTS.snapshot: no such file/);
    await Deno.writeFile(path, whole);
    await Deno.writeTextFile(manifest, text.replace(/"messages": 1,/, '"messages": 2,'));
    await refused(/is damaged: backup.json is not what was written/);
    await Deno.remove(manifest);
    await refused(/has no backup.json: it is no backup, or was not made to its end/);
    await Deno.writeTextFile(manifest, text);
    await refused(/The backup is of cluster "\w+", this one is "other"/, { name: "other" });
    const secret_file = scene.folder.file("secret");
    await Deno.writeTextFile(secret_file, "another secret of 32 characters!", { mode: 0o600 });
    await refused(/keys in the backup were encrypted with another secret/, { secret_file });
    await scene.restore(options);
  },
);

clusterTest(
  "cluster restore: what is on the cluster stays unless it is to be replaced, and that is said loudly",
  async () => {
    await using scene = await BackupScene.open();
    const before = await scene.linked(everything);
    const test = await TestManager.open({ agent: false, cluster: scene.options });
    await test.enrol("newer");
    const token = test.agentId;
    await assert.rejects(scene.restore(scene.options, { replace: true }), /run: node$/);
    await test.manager.close();
    await assert.rejects(scene.restore(scene.options), /is not empty: .* in KV_\w+_AGENTS/);
    await scene.restore(scene.options, { replace: true });
    assert.match(scene.warnings.join(), /^REMOVING what is on cluster "\w+": \d+ messages in /);
    assert.deepEqual(await scene.linked(everything), before);
    await using again = await TestManager.open({ agent: false, cluster: scene.options });
    assert.equal(await again.manager.stores.agents.has(token), false);
  },
);

clusterTest(
  "cluster backup: nothing of it can be read without the cluster's secret, and a used folder is left alone",
  async () => {
    await using scene = await BackupScene.open();
    for (const { name, isFile } of Deno.readDirSync(scene.backup)) {
      const { mode } = Deno.statSync(join(scene.backup, name));
      assert.deepEqual([isFile, (mode ?? 0) & 0o777], [true, 0o600], name);
    }
    const texts = await scene.linked(everything);
    assert.ok(!/"kty"|"d":"/.test(JSON.stringify(texts.KV_KEYS)));
    await assert.rejects(
      scene.linked((link) => takeBackup(link, scene.backup)),
      /is there and is no empty folder/,
    );
    await assert.rejects(
      scene.linked((link) => takeBackup(link, scene.folder.file("none")), {
        ...scene.options,
        name: "none",
      }),
      /There is nothing of a cluster "none"/,
    );
  },
);
