import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { eventually } from "../../../support/eventually.ts";
import { testWith } from "../../../support/installed.ts";
import { send, SyslogScene } from "./support/syslog_scene.ts";

const TCP = { protocol: "tcp", listen: ":0" };
const UDP = { protocol: "udp", listen: ":0" };

async function logger(...args: string[]): Promise<void> {
  const { code } = await new Deno.Command("logger", { args: ["-t", "app", ...args] }).output();
  assert.equal(code, 0);
}

/** What a message says, without what differs from run to run. */
function said({ data, header }: SyslogScene["events"][number]): unknown[] {
  assert.deepEqual(header, { module: "logcollector", collector: "syslog" });
  return [data.input.type, data.message, data.log.syslog.appname, data.log.syslog.priority];
}

testWith("logger", "Syslog receives what the real logger sends by network", async () => {
  await using scene = await SyslogScene.open({ inputs: () => [TCP, UDP] });
  const [tcp, udp] = [String(scene.port("tcp")), String(scene.port("udp"))];
  const at = ["-n", "127.0.0.1", "-P"];
  const forms = [
    ["udp", [...at, udp, "-d", "-p", "auth.crit"]],
    ["udp", [...at, udp, "-d", "-p", "auth.crit", "--rfc3164"]],
    ["tcp", [...at, tcp, "-T", "-p", "auth.crit"]],
    ["tcp", [...at, tcp, "-T", "-p", "auth.crit", "--rfc3164"]],
    ["tcp", [...at, tcp, "-T", "-p", "auth.crit", "--octet-count"]],
  ] as const;
  for (const [index, [, args]] of forms.entries()) {
    await logger(...args, `number ${index}`);
    await scene.received(index + 1);
  }
  assert.deepEqual(
    scene.events.map(said),
    forms.map(([protocol], index) => [protocol, `number ${index}`, "app", 34]),
  );
  const [first] = scene.events;
  assert.equal(first?.data.source?.ip, "127.0.0.1");
  assert.equal(first?.data.log.syslog.version, "1");
});

testWith("logger", "Syslog receives what the real logger sends by local sockets", async () => {
  await using scene = await SyslogScene.open({
    inputs: (folder) => [
      { protocol: "unix_dgram", listen: folder.file("dgram") },
      { protocol: "unix_stream", listen: folder.file("stream") },
    ],
  });
  await logger("-u", scene.folder.file("dgram"), "--id=7", "by datagram");
  await scene.received(1);
  await logger("-u", scene.folder.file("stream"), "by stream");
  await scene.received(2);
  assert.deepEqual(scene.events.map(said), [
    ["unix_dgram", "by datagram", "app", 13],
    ["unix_stream", "by stream", "app", 13],
  ]);
  assert.equal(scene.events[0]?.data.log.syslog.procid, "7");
  const { mode } = Deno.statSync(scene.folder.file("dgram"));
  assert.equal((mode ?? 0) & 0o777, 0o666);
});

Deno.test("Syslog reads on only once what it read is stored", async () => {
  await using scene = await SyslogScene.open({ inputs: () => [TCP] });
  scene.taken.pushBack();
  const connection = await scene.connect();
  const line = `<13>${"x".repeat(1_000)}\n`;
  const sending = send(connection, line.repeat(20_000));
  // Of 20 MB there is no more with the agent than one piece, and with the system what its buffers take.
  const read = () => Promise.resolve(scene.details.messages ?? 0);
  assert.ok(await eventually(read, (messages) => messages > 0) <= 16);
  scene.taken.open();
  await sending;
  connection.close();
  assert.equal((await scene.received(20_000)).length, 20_000);
  assert.deepEqual(scene.losses, []);
});

Deno.test("Syslog stores nothing of half a counted message, and writes it down", async () => {
  await using scene = await SyslogScene.open({ inputs: () => [TCP] });
  const connection = await scene.connect();
  await send(connection, "6 <13>ok9 <13>ha");
  connection.close();
  const loss = await scene.lost(/middle of a message/);
  assert.deepEqual([loss.events, loss.bytes, loss.detail], [1, 6, "tcp 127.0.0.1"]);
  assert.deepEqual(scene.originals, ["<13>ok"]);
  assert.equal(scene.details.incomplete, 1);
});

Deno.test("Syslog marks a last line without an end, as a script may send it", async () => {
  await using scene = await SyslogScene.open({ inputs: () => [TCP] });
  const connection = await scene.connect();
  await send(connection, "<13>one\n<13>two");
  connection.close();
  assert.deepEqual(await scene.received(2), ["<13>one", "<13>two"]);
  assert.deepEqual(scene.events.map(({ data }) => data.log.flags), [undefined, ["unfinished"]]);
});

Deno.test("Syslog cuts a connection whose messages cannot be told apart, and no other", async () => {
  await using scene = await SyslogScene.open({ inputs: () => [TCP] });
  const [bad, good] = [await scene.connect(), await scene.connect()];
  await send(bad, "6 <13>ok99999999999999 <13>");
  assert.equal(await bad.read(new Uint8Array(1)).catch(() => null), null);
  await send(good, "<13>fine\n");
  await scene.received(2);
  assert.deepEqual(scene.originals.toSorted(), ["<13>fine", "<13>ok"]);
  assert.equal(scene.details.malformed, 1);
  await scene.lost(/told apart/);
  bad.close();
  good.close();
});

Deno.test("Syslog lets in those that allow names only, and counts the others", async () => {
  const allow = ["127.0.0.2", "10.0.0.0/8"];
  await using scene = await SyslogScene.open({
    inputs: () => [{ ...TCP, allow }, { ...UDP, allow }],
  });
  const connection = await scene.connect();
  assert.equal(await connection.read(new Uint8Array(1)).catch(() => null), null);
  connection.close();
  const socket = createSocket("udp4");
  socket.send("<13>no", scene.port("udp"), "127.0.0.1");
  await scene.counts("refused_peers", 2);
  socket.close();
  const allowed = createSocket("udp4");
  await new Promise<void>((resolve) => allowed.bind(0, "127.0.0.2", resolve));
  allowed.send("<13>yes", scene.port("udp"), "127.0.0.1");
  assert.deepEqual(await scene.received(1), ["<13>yes"]);
  allowed.close();
});

Deno.test("Syslog at an address of IPv6 tells an IPv4 address as such, and lets it in by that", async () => {
  const all = { listen: "[::]:0", allow: ["127.0.0.0/8"] };
  await using scene = await SyslogScene.open({
    inputs: () => [{ ...TCP, ...all }, { ...UDP, ...all }],
  });
  const connection = await scene.connect();
  await send(connection, "<13>tcp\n");
  await scene.received(1);
  connection.close();
  const socket = createSocket("udp4");
  socket.send("<13>udp", scene.port("udp"), "127.0.0.1");
  await scene.received(2);
  socket.close();
  assert.deepEqual(scene.events.map(({ data }) => data.source?.ip), ["127.0.0.1", "127.0.0.1"]);
});

Deno.test("Syslog closes a connection that is one too many", async () => {
  await using scene = await SyslogScene.open({ inputs: () => [{ ...TCP, max_connections: 2 }] });
  const two = [await scene.connect(), await scene.connect()];
  await scene.counts("connections", 2);
  const third = await scene.connect();
  assert.equal(await third.read(new Uint8Array(1)).catch(() => null), null);
  assert.equal(scene.details.refused_connections, 1);
  for (const connection of [...two, third]) connection.close();
  await scene.counts("connections", 0);
});

Deno.test("Syslog writes down the datagrams that have no room, and keeps to its buffer", async () => {
  await using scene = await SyslogScene.open({ inputs: () => [{ ...UDP, buffer: "64KiB" }] });
  scene.taken.pushBack();
  const socket = createSocket("udp4");
  const text = `<13>${"x".repeat(1_000)}`;
  for (let count = 0; count < 200; count++) {
    await new Promise((sent) => socket.send(text, scene.port("udp"), "127.0.0.1", sent));
  }
  socket.close();
  await scene.lost(/no room for datagrams/);
  // The kernel has no room for all of them either, and says how many it dropped.
  await eventually(
    () => Promise.resolve(scene.details),
    ({ messages = 0, dropped_by_kernel = 0 }) => messages + dropped_by_kernel === 200,
  );
  const { dropped = 0 } = scene.details;
  scene.taken.open();
  const stored = await scene.received(200 - dropped);
  assert.ok(stored.length > 0 && stored.length <= 32, `${stored.length} fit`);
  await eventually(() => Promise.resolve(lostEvents(scene)), (events) => events === dropped);
});

function lostEvents({ losses }: SyslogScene): number {
  return losses.reduce((sum, { events }) => sum + events, 0);
}

Deno.test("Syslog keeps the beginning of a datagram that is too long", async () => {
  await using scene = await SyslogScene.open({
    inputs: (folder) => [UDP, { protocol: "unix_dgram", listen: folder.file("dgram") }],
    maxMessage: "1KiB",
  });
  const socket = createSocket("udp4");
  socket.send(`<13>${"x".repeat(5_000)}`, scene.port("udp"), "127.0.0.1");
  const [text] = await scene.received(1);
  socket.close();
  assert.equal(text?.length, 1_024);
  assert.deepEqual(scene.events[0]?.data.log.flags, ["truncated"]);
});

Deno.test("Syslog stores at its end what had come, or writes down what it cannot", async () => {
  for (const hasRoom of [true, false]) {
    await using scene = await SyslogScene.open({ inputs: () => [TCP] });
    scene.taken.pushBack();
    const connection = await scene.connect();
    await send(connection, "<13>a\n<13>b\n");
    await scene.counts("messages", 2);
    await scene.stop();
    if (hasRoom) scene.taken.open();
    await scene.syslog.close(AbortSignal.timeout(hasRoom ? 60_000 : 1));
    connection.close();
    assert.deepEqual(scene.originals, hasRoom ? ["<13>a", "<13>b"] : []);
    assert.equal(lostEvents(scene), hasRoom ? 0 : 2);
  }
});

Deno.test("Syslog with other options stores what the one before could not", async () => {
  await using scene = await SyslogScene.open({ inputs: () => [TCP] });
  scene.taken.pushBack();
  const connection = await scene.connect();
  await send(connection, "<13>a\n");
  await scene.counts("messages", 1);
  await scene.stop();
  connection.close();
  scene.taken.open();
  const next = scene.make({ inputs: [] });
  next.takeOver(scene.syslog);
  const stop = new AbortController();
  const ended = next.run(stop.signal);
  assert.deepEqual(await scene.received(1), ["<13>a"]);
  stop.abort("test");
  await ended;
  assert.equal(next.report().details.messages, 1);
});

Deno.test("Syslog with other options goes on with the socket of UDP: nothing is lost between", async () => {
  using probe = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const udp = { protocol: "udp", listen: `:${probe.addr.port}` };
  await using scene = await SyslogScene.open({ inputs: () => [udp] });
  const socket = createSocket("udp4");
  const say = (text: string) =>
    new Promise((sent) => socket.send(text, scene.port("udp"), "127.0.0.1", sent));
  await say("<13>before");
  await scene.received(1);
  await scene.stop();
  await say("<13>between");
  const next = scene.make({ inputs: [{ ...udp, allow: ["127.0.0.1"] }] });
  next.takeOver(scene.syslog);
  await say("<13>still");
  const stop = new AbortController();
  const ended = next.run(stop.signal);
  await say("<13>after");
  assert.deepEqual(await scene.received(4), [
    "<13>before",
    "<13>between",
    "<13>still",
    "<13>after",
  ]);
  stop.abort("test");
  await ended;
  await next.close(AbortSignal.timeout(60_000));
  // The port is free again.
  const other = createSocket("udp4");
  await new Promise<void>((resolve) => other.bind(probe.addr.port, "127.0.0.1", resolve));
  for (const one of [socket, other]) one.close();
});

Deno.test("Syslog says which input cannot listen, and receives by the others", async () => {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  await using scene = await SyslogScene.open({
    inputs: () => [{ protocol: "tcp", listen: `:${taken.addr.port}` }, UDP],
  });
  const [problem] = scene.syslog.report().problems ?? [];
  assert.equal(problem?.code, "cannot_listen");
  assert.match(problem?.message ?? "", /another program listens there$/);
  const socket = createSocket("udp4");
  socket.send("<13>x", scene.port("udp"), "127.0.0.1");
  assert.deepEqual(await scene.received(1), ["<13>x"]);
  socket.close();
});

Deno.test("Syslog leaves alone what is at the path of a socket, and replaces what a killed agent left", async () => {
  const inputs = (folder: { file(name: string): string }) => [
    { protocol: "unix_stream", listen: folder.file("file") },
    { protocol: "unix_stream", listen: folder.file("stream") },
  ];
  await using scene = await SyslogScene.open({
    inputs: (folder) => {
      Deno.writeTextFileSync(folder.file("file"), "mine");
      return inputs(folder);
    },
  });
  assert.equal(Deno.readTextFileSync(scene.folder.file("file")), "mine");
  const second = scene.make({ inputs: inputs(scene.folder) });
  const stop = new AbortController();
  const ended = second.run(stop.signal);
  const connection = await scene.connect("unix_stream");
  await send(connection, "<13>still the first\n");
  await scene.received(1);
  connection.close();
  stop.abort("test");
  await ended;
});
