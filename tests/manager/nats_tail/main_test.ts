import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import type { Msg, NatsConnection } from "@nats-io/transport-node";
import { natsHeaders } from "../../../src/manager/nats/core_link.ts";
import { NatsServer, natsTest } from "../../support/nats_server.ts";
import { makeKeys } from "../nats/keys.ts";
import { announce, change, client, keepAlive, PublisherScene, until } from "../nats/scene.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

/** `nats-tail` as a process, listening. */
class Tail implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #stdout: Promise<string>;
  #stderr = "";
  #ended: Promise<void> = Promise.resolve();

  constructor(args: readonly string[]) {
    this.#child = new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "-P=nats-tail", "--config", `${ROOT}deno.json`, ...[
        `${ROOT}src/manager/nats_tail/main.ts`,
        ...args,
      ]],
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      env: { NO_COLOR: "1" },
    }).spawn();
    this.#stdout = new Response(this.#child.stdout).text();
  }

  /** Waits until it listens. */
  async listening(): Promise<this> {
    const listening = Promise.withResolvers<void>();
    this.#ended = this.#collect(() => listening.resolve())
      .then(() => listening.reject(new Error(`nats-tail ended:\n${this.#stderr}`)));
    this.#ended.catch(() => {});
    await listening.promise;
    return this;
  }

  /** Waits for its end. */
  async ending(): Promise<{ code: number; lines: string[]; stderr: string }> {
    if (this.#stderr === "") await this.#collect(() => {});
    const [{ code }, stdout] = await Promise.all([this.#child.status, this.#stdout, this.#ended]);
    return { code, lines: stdout.split("\n").slice(0, -1), stderr: this.#stderr };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended already.
    }
    await Promise.all([this.#child.status, this.#stdout, this.#ended]);
  }

  async #collect(onListening: () => void): Promise<void> {
    for await (const text of this.#child.stderr.pipeThrough(new TextDecoderStream())) {
      this.#stderr += text;
      if (this.#stderr.includes("Listening")) onListening();
    }
  }
}

natsTest(
  "nats-tail prints what is genuine, and refuses what is forged, changed or replayed",
  async () => {
    await using server = await NatsServer.start();
    await using scene = new PublisherScene();
    const keys = makeKeys(scene.folder.path);
    const keyArgs = ["--public-key", keys.public, "--decrypt-key", `k1=${keys.encryption}`];
    const args = ["--server", server.url, ...keyArgs, "--count", "6"];
    await using tail = await new Tail(args).listening();
    await using forger = await Forger.open(server.url);
    const opened = await scene.open({
      servers: [server.url],
      node: "node-1",
      signing: { key_file: keys.signing },
      encryption: { key_file: keys.encryption, key_id: "k1" },
    });
    announce(opened, keepAlive({ agentName: "box\u001b[2J" }));
    announce(opened, change());
    await forger.heard(3);
    forger.replay(1);
    forger.replay(1, { "Agent-Sequence": "99" });
    forger.forge("wazuh.xdr.alerts.agent_disconnected");
    const { code, lines } = await tail.ending();
    assert.equal(code, 3);
    assert.match(lines[0] ?? "", /^20\S+Z node-1 #\d+ keep-alive sent to box\\u001b\[2J \(0190/);
    assert.match(lines[1] ?? "", / box \(0190\S+\) active -> disconnected: keepalive_timeout, 3 /);
    assert.match(lines[2] ?? "", / ALERT box .* level 9$/);
    assert.match(lines[3] ?? "", /^REFUSED \S+status_change: replayed: number \d+ has been seen/);
    assert.match(lines[4] ?? "", /^REFUSED \S+status_change: forged or changed/);
    assert.match(lines[5] ?? "", /^REFUSED wazuh.xdr.alerts.agent_disconnected: no header/);
  },
);

natsTest("nats-tail says in JSON and with its exit status what is missing", async () => {
  await using server = await NatsServer.start();
  await using tail = await new Tail(["--server", server.url, "--json", "--count", "2"]).listening();
  await using forger = await Forger.open(server.url);
  const headers = { "Agent-Node": "n", "Agent-Timestamp": String(Date.now()) };
  forger.forge("wazuh.xdr.x", { ...headers, "Agent-Sequence": "1" });
  forger.forge("wazuh.xdr.x", { ...headers, "Agent-Sequence": "4" });
  const { code, lines } = await tail.ending();
  assert.equal(code, 4);
  const [first, second] = lines.map((line) => JSON.parse(line));
  assert.deepEqual([first.result, first.missing, first.document], ["unverified", null, {}]);
  assert.deepEqual(second.missing, { from: 2, to: 3 });
});

natsTest("nats-tail says why it can't connect, with an exit status of its own", async () => {
  await using server = await NatsServer.start(`authorization: { token: "right" }`);
  await using refused = new Tail(["--server", server.url]);
  const { code, stderr } = await refused.ending();
  assert.equal(code, 6, stderr);
  assert.match(stderr, /the credentials were refused/);
  await server.goAway();
  await using unreachable = new Tail(["--server", server.url]);
  assert.equal((await unreachable.ending()).code, 7);
});

/** Somebody who may listen and publish, but has no key. */
class Forger implements AsyncDisposable {
  readonly #heard: Msg[] = [];

  private constructor(readonly connection: NatsConnection) {}

  static async open(url: string): Promise<Forger> {
    const forger = new Forger(await client(url));
    forger.connection.subscribe("wazuh.xdr.>", {
      callback: (_error, message) => void forger.#heard.push(message),
    });
    await forger.connection.flush();
    return forger;
  }

  /** Waits for `count` messages. */
  async heard(count: number): Promise<void> {
    await until(() => this.#heard.length >= count, `${count} messages`);
  }

  /** Sends a message again, with some of its headers changed. */
  replay(index: number, changes: Record<string, string> = {}): void {
    const message = this.#heard[index];
    assert.ok(message !== undefined);
    const known = [...message.headers ?? []].map(([name, [value = ""]]) => [name, value]);
    const headers = natsHeaders({ ...Object.fromEntries(known), ...changes });
    this.connection.publish(message.subject, message.data, { headers });
  }

  /** Sends a message of its own. */
  forge(subject: string, headers: Record<string, string> = {}): void {
    this.connection.publish(subject, "{}", { headers: natsHeaders(headers) });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.connection.close();
  }
}
