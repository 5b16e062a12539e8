import assert from "node:assert/strict";
import { join } from "node:path";
import { Tokens } from "../../../src/manager/http/tokens.ts";
import { KeyFile } from "../../../src/manager/stores/single/key_file.ts";
import { FakeClock } from "../../support/fake_clock.ts";

const TTL_MS = 900_000;

async function scene() {
  const folder = await Deno.makeTempDir();
  const clock = new FakeClock();
  const keyFile = join(folder, "token_key.json");
  const open = () =>
    Tokens.open({ clock, ttlMs: TTL_MS, keyLifeMs: 3_600_000, store: new KeyFile(keyFile, clock) });
  return {
    clock,
    keyFile,
    open,
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

const bearer = (token: string) => `Bearer ${token}`;

Deno.test("Tokens signs with a new key when the old one is, and cuts nobody off who has a token", async () => {
  await using test = await scene();
  const tokens = await test.open();
  await test.clock.advance(3_599_000);
  const old = await tokens.issue("agents", "one");
  await test.clock.advance(2_000);
  const young = await tokens.issue("agents", "two");
  const kid = (token: string) => JSON.parse(atob(token.split(".")[0] ?? "")).kid;
  assert.notEqual(kid(old), kid(young));
  const again = await test.open();
  assert.equal(await again.subject(bearer(old), "agents"), "one");
  assert.equal(await again.subject(bearer(young), "agents"), "two");
});

Deno.test("Tokens forgets a key when all that it signed has expired", async () => {
  await using test = await scene();
  const tokens = await test.open();
  await tokens.rotateKey();
  await test.clock.advance(TTL_MS + 1);
  await tokens.rotateKey();
  const { keys } = JSON.parse(await Deno.readTextFile(test.keyFile));
  assert.equal(keys.length, 2, "the one before still counts");
});

Deno.test("Tokens keeps to the key that an older manager wrote", async () => {
  await using test = await scene();
  const tokens = await test.open();
  await tokens.issue("agents", "one");
  const { keys: [{ jwk }] } = JSON.parse(await Deno.readTextFile(test.keyFile));
  await Deno.writeTextFile(test.keyFile, JSON.stringify(jwk));
  const token = await (await test.open()).issue("agents", "one");
  assert.equal(await (await test.open()).subject(bearer(token), "agents"), "one");
});

Deno.test("Tokens refuses a file that holds no keys, and says what to do", async () => {
  await using test = await scene();
  for (const text of ["", "{}", '{"keys":[]}', '{"keys":[{}]}']) {
    await Deno.writeTextFile(test.keyFile, text);
    await assert.rejects(test.open(), { code: "failed", hint: /put back a copy of the file/ });
  }
});
