import assert from "node:assert/strict";
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { OrderCheck, type OrderRules } from "../../../../src/agent/commands/trust/order_check.ts";
import { SignedVersions } from "../../../../src/agent/commands/trust/signed_versions.ts";
import { parseCommand } from "../../../../src/agent/commands/parse_command.ts";
import { writeFileAtomically } from "../../../../src/agent/identity/atomic_write.ts";
import { Signer } from "../../../../src/manager/signing.ts";
import type { Command } from "../../../../src/shared/protocol/wire.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { TempFolder } from "../../../support/queues.ts";

const ME = "0198c0de-0000-7000-8000-000000000001";
const HOUR_MS = 3_600_000;

/** A machine that trusts one key, and who signs with it. */
class Scene implements Disposable {
  readonly folder = new TempFolder();
  readonly clock = new FakeClock();
  readonly keys = this.folder.file("keys.pem");
  readonly signer = this.trust();
  rules: OrderRules = {
    actions: ["*"],
    requireSignature: true,
    trustedKeys: this.keys,
    rememberedMs: 168 * HOUR_MS,
  };

  /** Makes a key the only one that is trusted. */
  trust(): Signer {
    const { publicKey, privateKey } = generateKeyPairSync("ed25519");
    this.write(publicKey);
    return new Signer(privateKey);
  }

  write(...keys: KeyObject[]): void {
    const text = keys.map((key) => key.export({ format: "pem", type: "spki" })).join("");
    Deno.writeTextFileSync(this.keys, text, { mode: 0o600 });
  }

  order(name = "restart", args: Record<string, unknown> = {}, id = ME): Command {
    return {
      document_id: "a-1-1",
      target: { type: "agent", id },
      action: { name, version: "5.0.0", args },
      source: "Users/Services",
      user: "kim",
      timeout: 60,
      start_within: 30,
    };
  }

  signed(
    order: Command,
    { signer = this.signer, agoMs = 0, lifeMs = HOUR_MS }: {
      signer?: Signer;
      agoMs?: number;
      lifeMs?: number;
    } = {},
  ): Command {
    const issuedMs = this.clock.now() - agoMs;
    const times = { issuedMs, nowMs: issuedMs, dueMs: issuedMs + lifeMs };
    return { ...order, signature: signer.order(order, times) };
  }

  /** As the next process would say it: only what is on disk counts. */
  refusal(member: unknown): string | undefined {
    const command = parseCommand(member, { defaultMs: 1_000, maxMs: 1_000 });
    assert.ok(!("problem" in command));
    const versions = new SignedVersions(this.folder.path, writeFileAtomically);
    const { clock } = this;
    return new OrderCheck({ rules: () => this.rules, agentId: ME, versions, clock })
      .refusal(member, command);
  }

  [Symbol.dispose](): void {
    this.folder[Symbol.dispose]();
  }
}

Deno.test("OrderCheck takes what is signed with a trusted key, through JSON and with members in any order", () => {
  using at = new Scene();
  const order = at.signed(at.order("run-script", { b: [1, "ü"], a: { z: 1, y: null } }));
  assert.equal(at.refusal(order), undefined);
  const { signature, action: { args, ...action }, ...rest } = order;
  const turned = {
    signature,
    ...rest,
    action: { args: { a: args && { y: null, z: 1 }, b: [1, "ü"] }, ...action },
  };
  assert.equal(at.refusal(JSON.parse(JSON.stringify(turned))), undefined);
});

Deno.test("OrderCheck refuses what is not signed, or changed after it was signed", () => {
  using at = new Scene();
  assert.equal(at.refusal(at.order()), "order refused: it is not signed");
  const order = at.signed(at.order("set-group", { groups: ["web"] }));
  const changed: object[] = [
    { ...order, document_id: "a-1-2" },
    { ...order, timeout: 86_400 },
    { ...order, timeout: undefined },
    { ...order, start_within: 86_400 },
    { ...order, start_within: null },
    { ...order, user: "root" },
    { ...order, source: "Engine" },
    { ...order, action: { ...order.action, name: "fetch-config" } },
    { ...order, action: { ...order.action, args: { groups: ["root"] } } },
    { ...order, action: { ...order.action, version: "5.0.1" } },
    { ...order, target: { type: "agent", id: "0198c0de-0000-7000-8000-000000000002" } },
    { ...order, signature: { ...order.signature, expires_at: "2026-01-02T00:00:00.000Z" } },
    { ...order, signature: { ...order.signature, issued_at: "2026-01-01T00:00:01.000Z" } },
    { ...order, signature: { ...order.signature, value: "AAAA" } },
    { ...order, signature: { ...order.signature, value: "no base64!" } },
    { ...order, signature: "yes" },
    { ...order, signature: [] },
  ];
  for (const member of changed) {
    assert.equal(
      at.refusal(member),
      "order refused: its signature is wrong",
      JSON.stringify(member),
    );
  }
});

Deno.test("OrderCheck refuses what another key signed, and says which", () => {
  using at = new Scene();
  const stranger = new Signer(generateKeyPairSync("ed25519").privateKey);
  const order = at.signed(at.order(), { signer: stranger });
  assert.match(
    at.refusal(order) ?? "",
    new RegExp(`signed with key ${stranger.keyId}, which is not trusted`),
  );
  const posing = { ...order, signature: { ...order.signature, key_id: at.signer.keyId } };
  assert.match(at.refusal(posing) ?? "", /its signature is wrong/);
});

Deno.test("OrderCheck refuses what is for another agent", () => {
  using at = new Scene();
  const other = "0198c0de-0000-7000-8000-000000000002";
  const order = at.signed(at.order("restart", {}, other));
  assert.equal(at.refusal(order), `order refused: it is for another agent, ${other}`);
});

Deno.test("OrderCheck refuses what has expired, is of the future, or counts for longer than it is remembered", () => {
  using at = new Scene();
  const old = at.signed(at.order(), { agoMs: HOUR_MS + 1 });
  assert.match(at.refusal(old) ?? "", /it expired at 2025-12-31T23:59:59\.999Z$/);
  const early = at.signed(at.order(), { agoMs: -HOUR_MS });
  assert.match(at.refusal(early) ?? "", /it is issued only at 2026-01-01T01:00:00\.000Z$/);
  at.rules = { ...at.rules, rememberedMs: HOUR_MS };
  const long = at.signed(at.order(), { lifeMs: 2 * HOUR_MS });
  assert.match(at.refusal(long) ?? "", /longer than orders are remembered here .*1h/);
});

Deno.test("OrderCheck refuses an older list of groups that was held back, also after a restart", () => {
  using at = new Scene();
  const older = at.signed(at.order("set-group", { groups: ["weak"] }), { agoMs: 10_000 });
  const newer = at.signed(at.order("set-group", { groups: ["strong"] }));
  assert.equal(at.refusal(newer), undefined);
  assert.match(
    at.refusal(older) ?? "",
    /replayed: a list of groups that was issued at 2026-01-01T00:00:00\.000Z came/,
  );
  assert.equal(at.refusal(newer), undefined);
});

Deno.test("OrderCheck goes by the keys as they are now: one added, one taken away, a file that others may write", () => {
  using at = new Scene();
  const next = generateKeyPairSync("ed25519");
  const order = at.signed(at.order(), { signer: new Signer(next.privateKey) });
  assert.match(at.refusal(order) ?? "", /not trusted/);
  at.write(next.publicKey);
  assert.equal(at.refusal(order), undefined);
  assert.match(at.refusal(at.signed(at.order())) ?? "", /not trusted/);
  Deno.removeSync(at.keys);
  assert.match(at.refusal(order) ?? "", /Cannot use trusted keys .*no such file/);
  if (Deno.build.os === "windows") return;
  at.write(next.publicKey);
  Deno.chmodSync(at.keys, 0o666);
  assert.match(at.refusal(order) ?? "", /others can write it/);
});

Deno.test("OrderCheck refuses actions that this machine does not allow, signed or not", () => {
  using at = new Scene();
  at.rules = { ...at.rules, actions: ["set-group"], requireSignature: false };
  assert.equal(at.refusal(at.order("set-group")), undefined);
  assert.equal(
    at.refusal(at.signed(at.order("restart"))),
    'action "restart" is not allowed on this machine (remote.allow.actions)',
  );
});

Deno.test("OrderCheck refuses an older order about the same module or response that was held back, and no other", () => {
  using at = new Scene();
  const block = { name: "block-ip", command: "enable", source: { ip: "192.0.2.1" } };
  const module = (operation: string, name = "fim") => at.order("module", { name, operation });
  const cases: [Command, Command][] = [
    [module("disable"), module("enable")],
    [module("pause"), at.order("enable-module", { name: "fim" })],
    [at.order("disable-module", { name: "sca" }), module("enable", "sca")],
    [
      at.order("active-response", block),
      at.order("active-response", { ...block, command: "disable" }),
    ],
  ];
  for (const [older, newer] of cases) {
    const held = at.signed(older, { agoMs: 10_000 });
    assert.equal(at.refusal(at.signed(newer)), undefined);
    assert.match(at.refusal(held) ?? "", /replayed: an order about the same that was issued at/);
    assert.equal(at.refusal(at.signed(newer)), undefined);
  }
  const others = [
    module("disable", "journald"),
    module("scan"),
    at.order("active-response", { ...block, source: { ip: "192.0.2.2" } }),
    at.order("restart"),
    at.order("module", [] as unknown as Record<string, unknown>),
  ];
  for (const other of others) {
    assert.equal(at.refusal(at.signed(other, { agoMs: 10_000 })), undefined);
  }
});

Deno.test("OrderCheck forgets orders that none which counts could be older than", () => {
  using at = new Scene();
  at.rules = { ...at.rules, rememberedMs: HOUR_MS };
  const noted = () => {
    const text = Deno.readTextFileSync(at.folder.file("signed-versions.json"));
    return Object.keys(JSON.parse(text).orders).length;
  };
  const disable = (name: string) => at.signed(at.order("disable-module", { name }));
  for (const name of ["fim", "sca"]) assert.equal(at.refusal(disable(name)), undefined);
  assert.equal(noted(), 2);
  at.clock.jumpTo(at.clock.now() + HOUR_MS + 1);
  assert.equal(at.refusal(disable("fim")), undefined);
  assert.equal(noted(), 1);
});

Deno.test({
  name: "OrderCheck refuses keys in a folder that others can write to, wherever above them it is",
  ignore: Deno.build.os === "windows",
  fn: () => {
    using at = new Scene();
    const order = at.signed(at.order());
    const folder = at.folder.file("open/keys");
    Deno.mkdirSync(folder, { recursive: true, mode: 0o700 });
    Deno.copyFileSync(at.keys, `${folder}/keys.pem`);
    for (const trustedKeys of [folder, `${folder}/keys.pem`]) {
      at.rules = { ...at.rules, trustedKeys };
      Deno.chmodSync(at.folder.file("open"), 0o700);
      assert.equal(at.refusal(order), undefined);
      Deno.chmodSync(at.folder.file("open"), 0o777);
      assert.match(
        at.refusal(order) ?? "",
        /Cannot trust folder of keys .*can be written by others/,
      );
    }
  },
});
