import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import type { Msg, NatsConnection } from "@nats-io/transport-node";
import { natsHeaders } from "../../../src/manager/nats/core_link.ts";
import { NatsServer, natsTest } from "../../support/nats_server.ts";
import { makeKeys } from "../nats/keys.ts";
import { announce, change, client, keepAlive, PublisherScene, until } from "../nats/scene.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

/** `nats-tail` as a process, listening. */
class Tail implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #stdoutEnd: Promise<void>;
  #stdout = "";
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
    this.#stdoutEnd = this.#collectStdout();
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
    const [{ code }] = await Promise.all([this.#child.status, this.#stdoutEnd, this.#ended]);
    return { code, lines: this.#lines, stderr: this.#stderr };
  }

  /** Waits until it has printed `count` lines. */
  async printed(count: number): Promise<void> {
    await until(() => this.#lines.length >= count, `${count} lines printed`);
  }

  /** Waits until it has said something on standard error. */
  async said(what: RegExp): Promise<void> {
    await until(() => what.test(this.#stderr), `${what} said`);
  }

  signal(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  /** Has the process stand still. */
  freeze(): void {
    this.#child.kill("SIGSTOP");
  }

  /** Has it go on. */
  thaw(): void {
    this.#child.kill("SIGCONT");
  }

  get #lines(): string[] {
    return this.#stdout.split("\n").slice(0, -1);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended already.
    }
    await Promise.all([this.#child.status, this.#stdoutEnd, this.#ended]);
  }

  async #collectStdout(): Promise<void> {
    for await (const text of this.#child.stdout.pipeThrough(new TextDecoderStream())) {
      this.#stdout += text;
    }
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

natsTest(
  "nats-tail goes on behind what it printed when the server is back, and misses nothing of a stream",
  async () => {
    await using server = await NatsServer.startJetStream();
    await using publisher = await StreamPublisher.open(server.url);
    await publisher.publish(1);
    const args = ["--server", server.url, "--json", "--count", "6"];
    await using tail = await new Tail(args).listening();
    await publisher.publish(2, 3);
    await tail.printed(2);
    await server.goAway();
    await tail.said(/Lost the connection/);
    tail.freeze();
    await server.comeBack();
    await using again = await StreamPublisher.open(server.url);
    await again.publish(4, 5);
    tail.thaw();
    await tail.printed(4);
    await again.publish(6, 7);
    const { code, lines } = await tail.ending();
    assert.equal(code, 0);
    const results = lines.map((line) => JSON.parse(line));
    assert.deepEqual(results.map(({ sequence }) => sequence), [2, 3, 4, 5, 6, 7]);
    assert(results.every(({ missing }) => missing === null));
  },
);

natsTest(
  "nats-tail reads on in a stream that was made after it began, without telling anything twice",
  async () => {
    await using server = await NatsServer.startJetStream();
    const args = ["--server", server.url, "--json", "--count", "4"];
    await using tail = await new Tail(args).listening();
    await using publisher = await StreamPublisher.open(server.url);
    await publisher.publish(1, 2);
    await tail.printed(2);
    await server.goAway();
    await tail.said(/Lost the connection/);
    tail.freeze();
    await server.comeBack();
    await using again = await StreamPublisher.open(server.url);
    await again.publish(3);
    tail.thaw();
    await tail.printed(3);
    await again.publish(4);
    const { code, lines } = await tail.ending();
    assert.equal(code, 0);
    assert.deepEqual(lines.map((line) => JSON.parse(line).sequence), [1, 2, 3, 4]);
  },
);

natsTest("nats-tail connects again without a stream, and says what is missing", async () => {
  await using server = await NatsServer.start();
  await using tail = await new Tail(["--server", server.url, "--json", "--count", "2"]).listening();
  await using before = await Forger.open(server.url);
  const headers = { "Agent-Node": "n", "Agent-Timestamp": String(Date.now()) };
  before.forge("wazuh.xdr.x", { ...headers, "Agent-Sequence": "1" });
  await tail.printed(1);
  await server.goAway();
  await server.comeBack();
  await tail.said(/Lost the connection[^]*Listening/);
  await using after = await Forger.open(server.url);
  after.forge("wazuh.xdr.x", { ...headers, "Agent-Sequence": "3" });
  const { code, lines } = await tail.ending();
  assert.equal(code, 4);
  assert.deepEqual(JSON.parse(lines[1] ?? "").missing, { from: 2, to: 2 });
});

natsTest("nats-tail ends at a signal while it waits to connect again", async () => {
  await using server = await NatsServer.start();
  await using tail = await new Tail(["--server", server.url]).listening();
  await server.goAway();
  await tail.said(/Lost the connection/);
  tail.signal("SIGTERM");
  assert.equal((await tail.ending()).code, 0);
});

/** Stores messages of a manager called `n` in a stream. */
class StreamPublisher implements AsyncDisposable {
  private constructor(readonly connection: NatsConnection) {}

  /** Makes the stream where it is missing. */
  static async open(url: string): Promise<StreamPublisher> {
    const connection = await client(url);
    const { streams } = await jetstreamManager(connection);
    await streams.add({ name: "AGENT_STATUS", subjects: ["wazuh.xdr.>"] });
    return new StreamPublisher(connection);
  }

  /** Resolves when messages with these numbers are stored. */
  async publish(...numbers: number[]): Promise<void> {
    for (const number of numbers) {
      const headers = natsHeaders({
        "Agent-Node": "n",
        "Agent-Timestamp": String(Date.now()),
        "Agent-Sequence": String(number),
      });
      await jetstream(this.connection).publish("wazuh.xdr.agent.a.status_change", "{}", {
        headers,
      });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.connection.close();
  }
}

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
