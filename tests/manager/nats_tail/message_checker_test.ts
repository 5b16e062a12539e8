import assert from "node:assert/strict";
import { MessageSealer, type OutgoingMessage } from "../../../src/manager/nats/message_sealer.ts";
import {
  PayloadCipher,
  PayloadDecipher,
  readEncryptionKey,
} from "../../../src/manager/nats/payload_cipher.ts";
import { readSigningKey, readVerifyingKey } from "../../../src/manager/nats/signing_keys.ts";
import {
  MessageChecker,
  type ReceivedMessage,
  type Verdict,
} from "../../../src/manager/nats_tail/message_checker.ts";
import { TempFolder } from "../../support/queues.ts";
import { makeKeys } from "../nats/keys.ts";

const NOW = Date.UTC(2026, 0, 1);
const WINDOW_MS = 300_000;
const SUBJECT = "wazuh.xdr.agent.a.status_change";
const DOCUMENT = { status_change: { agent_id: "a", alert_level: 9 } };

/** A sender and a consumer that share keys. */
class Pair {
  private constructor(readonly sealer: MessageSealer, readonly checker: MessageChecker) {}

  static async make({ encrypted = false, decrypts = true } = {}): Promise<Pair> {
    using folder = new TempFolder();
    const files = makeKeys(folder.path);
    const secret = await readEncryptionKey(files.encryption);
    const verifyingKey = await readVerifyingKey(files.public);
    const sealer = new MessageSealer({
      node: "node-1",
      signingKey: await readSigningKey(files.signing),
      cipher: encrypted ? new PayloadCipher("k1", secret) : undefined,
    });
    const checker = new MessageChecker({
      verifyingKeys: new Map([[verifyingKey.id, verifyingKey]]),
      deciphers: new Map(decrypts ? [["k1", new PayloadDecipher(secret)]] : []),
      windowMs: WINDOW_MS,
    });
    return new Pair(sealer, checker);
  }

  seal(sequence: number, atMs = NOW): Promise<OutgoingMessage> {
    const document = JSON.stringify(DOCUMENT);
    return this.sealer.seal({ kind: "status_change", subject: SUBJECT, sequence, document }, atMs);
  }

  check(message: OutgoingMessage, changes: Partial<ReceivedMessage> = {}): Promise<Verdict> {
    return this.checker.check({ ...received(message), ...changes }, NOW);
  }
}

function received({ subject, headers, payload }: OutgoingMessage): ReceivedMessage {
  const values = Object.entries(headers).map(([name, value]) => [name, [value]] as const);
  return { subject, headers: new Map(values), payload };
}

function withHeader(message: OutgoingMessage, name: string, ...values: string[]) {
  return { headers: new Map([...received(message).headers, [name, values] as const]) };
}

function assertRefused(verdict: Verdict, reason: RegExp): void {
  assert.equal(verdict.result, "refused");
  assert.match(verdict.result === "refused" ? verdict.reason : "", reason);
}

Deno.test("MessageChecker accepts what was signed, in clear and encrypted", async () => {
  for (const encrypted of [false, true]) {
    const pair = await Pair.make({ encrypted });
    const message = await pair.seal(7);
    const text = new TextDecoder().decode(message.payload);
    assert.equal(text.includes("alert_level"), !encrypted);
    const verdict = await pair.check(message);
    assert.deepEqual(verdict, {
      result: "verified",
      identity: { subject: SUBJECT, node: "node-1", sequence: 7, timestamp: NOW },
      document: DOCUMENT,
      missing: undefined,
    });
  }
});

Deno.test("MessageChecker verifies an encrypted message that it can't read", async () => {
  const pair = await Pair.make({ encrypted: true, decrypts: false });
  const verdict = await pair.check(await pair.seal(7));
  assert.ok(verdict.result === "verified");
  assert.equal(verdict.document, undefined);
});

Deno.test("MessageChecker refuses a message of which anything was changed", async () => {
  for (const encrypted of [false, true]) {
    const pair = await Pair.make({ encrypted });
    const message = await pair.seal(7);
    const payload = message.payload.with(message.payload.length - 4, 0x20);
    const changes: Partial<ReceivedMessage>[] = [
      { subject: "wazuh.xdr.agent.b.status_change" },
      withHeader(message, "Agent-Sequence", "8"),
      withHeader(message, "Agent-Node", "node-2"),
      withHeader(message, "Agent-Timestamp", String(NOW + 1)),
      withHeader(message, "Agent-Signature", new Uint8Array(64).toBase64()),
      ...(encrypted
        ? [{ payload }, withHeader(message, "Agent-Nonce", new Uint8Array(28).toBase64())]
        : [{ payload: new TextEncoder().encode('{"status_change":{"agent_id":"b"}}') }]),
    ];
    for (const changed of changes) {
      assertRefused(await pair.check(message, changed), /^forged or changed/);
    }
    assert.equal((await pair.check(message)).result, "verified");
  }
});

Deno.test("MessageChecker refuses what is not signed, or by somebody else", async () => {
  const [pair, stranger] = await Promise.all([Pair.make(), Pair.make()]);
  assertRefused(await pair.check(await stranger.seal(7)), /^signed with an unknown key/);
  const message = await pair.seal(7);
  const { headers } = received(message);
  const unsigned = new Map([...headers].filter(([name]) => name !== "Agent-Key-Id"));
  assertRefused(await pair.check(message, { headers: unsigned }), /^not signed/);
  assertRefused(await pair.check(message, { headers: new Map() }), /^no header Agent-Node/);
  const twice = withHeader(message, "Agent-Sequence", "7", "8");
  assertRefused(await pair.check(message, twice), /more than once/);
});

Deno.test("MessageChecker refuses a message seen before, or outside the window", async () => {
  const pair = await Pair.make();
  const message = await pair.seal(7);
  assert.equal((await pair.check(message)).result, "verified");
  assertRefused(await pair.check(message), /^replayed: number 7 has been seen before/);
  const old = await pair.seal(8, NOW - WINDOW_MS - 1_000);
  assertRefused(await pair.check(old), /^replayed: it is 301 s old/);
  const early = await pair.seal(9, NOW + WINDOW_MS + 1_000);
  assertRefused(await pair.check(early), /301 s in the future/);
});

Deno.test("MessageChecker says which messages are missing, and accepts them late, once", async () => {
  const pair = await Pair.make();
  await pair.check(await pair.seal(1));
  const verdict = await pair.check(await pair.seal(5));
  assert.ok(verdict.result === "verified");
  assert.deepEqual(verdict.missing, { from: 2, to: 4 });
  const late = await pair.seal(3);
  assert.equal((await pair.check(late)).result, "verified");
  assertRefused(await pair.check(late), /^replayed/);
});

Deno.test("MessageChecker without a public key says that nothing is verified", async () => {
  const pair = await Pair.make();
  const trusting = new MessageChecker({
    verifyingKeys: new Map(),
    deciphers: new Map(),
    windowMs: WINDOW_MS,
  });
  const verdict = await trusting.check(received(await pair.seal(1)), NOW);
  assert.equal(verdict.result, "unverified");
});

Deno.test("MessageChecker refuses what has no canonical form, with and without keys", async () => {
  const pair = await Pair.make();
  const trusting = new MessageChecker({
    verifyingKeys: new Map(),
    deciphers: new Map(),
    windowMs: WINDOW_MS,
  });
  const message = await pair.seal(7);
  for (const text of ['{"a":"\\ud800"}', '{"\\udc00":1}', '{"a":1e400}', '{"a":[-1e999]}']) {
    const payload = new TextEncoder().encode(text);
    assertRefused(await pair.check(message, { payload }), /^the document is not valid JSON for/);
    const unkeyed = await trusting.check({ ...received(message), payload }, NOW);
    assertRefused(unkeyed, /^the document is not valid JSON for a signature$/);
  }
});

Deno.test("MessageChecker outlives a document of any depth", async () => {
  const pair = await Pair.make();
  const payload = new TextEncoder().encode("[".repeat(500_000) + "]".repeat(500_000));
  assertRefused(await pair.check(await pair.seal(7), { payload }), /./);
});

Deno.test("MessageChecker refuses a message whose checking fails", async () => {
  const pair = await Pair.make();
  const failing = new MessageChecker({
    verifyingKeys: new Map([["k", { id: "k", verify: () => Promise.reject(new Error("no")) }]]),
    deciphers: new Map(),
    windowMs: WINDOW_MS,
  });
  const message = received(await pair.seal(7));
  const headers = new Map([...message.headers, ["Agent-Key-Id", ["k"]] as const]);
  assertRefused(await failing.check({ ...message, headers }, NOW), /^it can't be checked: no$/);
});

Deno.test("PayloadCipher uses no nonce twice, nor a key of another cipher", async () => {
  using folder = new TempFolder();
  const secret = await readEncryptionKey(makeKeys(folder.path).encryption);
  const ciphers = [new PayloadCipher("k", secret), new PayloadCipher("k", secret)];
  const bytes = new Uint8Array(10);
  const used = await Promise.all(
    ciphers.flatMap((cipher) => Array.from({ length: 300 }, () => cipher.encrypt(bytes, bytes))),
  );
  assert.equal(new Set(used.map(({ nonce }) => nonce.toHex())).size, 600);
  assert.equal(new Set(used.map(({ nonce }) => nonce.slice(0, 16).toHex())).size, 2);
});
