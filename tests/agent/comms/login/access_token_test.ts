import assert from "node:assert/strict";
import { receiveToken, restoreToken } from "../../../../src/agent/comms/login/access_token.ts";
import { MemoryClock } from "../../../support/fake_clock.ts";
import { unsignedJwt } from "../../../support/jwt.ts";

const SERVER_MS = Date.UTC(2026, 1, 19, 20, 0, 0);
const DATE = new Date(SERVER_MS).toUTCString();
const IAT = SERVER_MS / 1000;
const TEN_YEARS_MS = 10 * 365 * 86_400_000;

const middle = () => 0.5;

function received(claims: { iat?: number; exp?: number }, date?: string, localMs = SERVER_MS) {
  const clock = new MemoryClock(localMs);
  const held = receiveToken(unsignedJwt(claims), date, { clock, random: middle });
  return { clock, held };
}

Deno.test("receiveToken() plans the next token at 80 % of the life, by the server's date", () => {
  const { held } = received({ iat: IAT, exp: IAT + 900 }, DATE);
  assert.equal(held.refreshAt, 720_000);
  assert.equal(held.expiresAt, 900_000);
  assert.equal(held.saved.expires_at, "2026-02-19T20:15:00.000Z");
});

Deno.test("receiveToken() spreads agents between 75 and 85 % of the life", () => {
  for (const [share, expected] of [[0, 675_000], [0.999_999, 765_000]] as const) {
    const clock = new MemoryClock();
    const token = unsignedJwt({ iat: IAT, exp: IAT + 900 });
    const held = receiveToken(token, DATE, { clock, random: () => share });
    assert.equal(Math.round(held.refreshAt / 1000) * 1000, expected);
  }
});

Deno.test("receiveToken() does not care what the local clock says", () => {
  for (const off of [-TEN_YEARS_MS, 0, TEN_YEARS_MS]) {
    for (const date of [DATE, undefined]) {
      const { held } = received({ iat: IAT, exp: IAT + 900 }, date, SERVER_MS + off);
      assert.equal(held.refreshAt, 720_000);
      assert.equal(held.expiresAt, 900_000);
      assert.equal(held.saved.server_offset_ms, 0 - off);
    }
  }
});

Deno.test("receiveToken() counts what is left of a token that the server had at hand already", () => {
  const { held } = received({ iat: IAT - 600, exp: IAT + 300 }, DATE);
  assert.equal(held.refreshAt, 240_000);
  assert.equal(held.expiresAt, 300_000);
});

Deno.test("receiveToken() believes no date that makes a life longer than the token's own", () => {
  const slow = new Date(SERVER_MS - TEN_YEARS_MS).toUTCString();
  const { held } = received({ iat: IAT, exp: IAT + 900 }, slow);
  assert.equal(held.expiresAt, 900_000);
});

Deno.test("receiveToken() takes tokens that tell nothing for good until a 401", () => {
  const clock = new MemoryClock();
  const values = [
    "opaque",
    unsignedJwt({}),
    unsignedJwt({ iat: IAT }),
    unsignedJwt({ iat: IAT, exp: 1e300 }),
    "a.b.c",
  ];
  for (const value of values) {
    const held = receiveToken(value, DATE, { clock, random: middle });
    assert.equal(held.expiresAt, Infinity);
    assert.equal(held.refreshAt, 720_000);
    assert.equal(held.saved.expires_at, null);
  }
});

Deno.test("receiveToken() never plans the next token in the same moment, nor beyond what timers can do", () => {
  for (const life of [-900, 0, 0.001, 2]) {
    const { held } = received({ iat: IAT, exp: IAT + life }, DATE);
    assert.equal(held.refreshAt, 5_000);
    assert.equal(held.expiresAt, 5_000);
  }
  const { held } = received({ iat: IAT, exp: IAT + 1e10 }, DATE);
  assert.equal(held.refreshAt, 86_400_000 * 0.8);
});

Deno.test("restoreToken() goes on with a token for as long as it has left", () => {
  const { held } = received({ iat: IAT, exp: IAT + 900 }, DATE, SERVER_MS + TEN_YEARS_MS);
  const later = new MemoryClock(SERVER_MS + TEN_YEARS_MS + 300_000);
  const restored = restoreToken(held.saved, { clock: later, random: middle });
  assert.equal(restored?.expiresAt, 600_000);
  assert.equal(restored?.refreshAt, 480_000);
});

Deno.test("restoreToken() gives up a token that is over", () => {
  const { held } = received({ iat: IAT, exp: IAT + 900 }, DATE);
  const later = new MemoryClock(SERVER_MS + 900_000);
  assert.equal(restoreToken(held.saved, { clock: later, random: middle }), undefined);
});

Deno.test("restoreToken() gives no token more life than it ever had when the clock was set back", () => {
  const { held } = received({ iat: IAT, exp: IAT + 900 }, DATE);
  const earlier = new MemoryClock(SERVER_MS - TEN_YEARS_MS);
  const restored = restoreToken(held.saved, { clock: earlier, random: middle });
  assert.equal(restored?.expiresAt, 900_000);
});

Deno.test("restoreToken() takes no token that a header cannot carry", () => {
  const clock = new MemoryClock();
  const saved = { expires_at: null, life_ms: 900_000, server_offset_ms: 0 };
  for (const value of ["", "a b", "a\nb", "a\u2603"]) {
    assert.equal(restoreToken({ ...saved, value }, { clock, random: middle }), undefined);
  }
});
