import assert from "node:assert/strict";
import type { LoginAnswer } from "../../../../src/agent/comms/login/login.ts";
import { TokenKeeper } from "../../../../src/agent/comms/login/token_keeper.ts";
import { MemoryClock, settle } from "../../../support/fake_clock.ts";
import { unsignedJwt } from "../../../support/jwt.ts";
import type { SavedToken } from "../../../../src/shared/protocol/agent_identity.ts";

type TokenKeeperOptions = ConstructorParameters<typeof TokenKeeper>[0];

const TEN_YEARS_MS = 10 * 365 * 86_400_000;
const never = new AbortController().signal;

/** A server that hands tokens out, numbered, and whatever answers were put before them. */
class FakeServer {
  readonly clock: MemoryClock;
  /** Answers that come before the first token, and functions for those that take their time. */
  readonly before: LoginAnswer[] = [];
  readonly logs: string[] = [];
  readonly kept: SavedToken[] = [];
  lifeSeconds = 900;
  logins = 0;
  /** Difference of the server's clock to the agent's at the start. */
  #serverStart = Date.UTC(2026, 0, 1);

  constructor(clock = new MemoryClock()) {
    this.clock = clock;
  }

  keeper(options: Partial<TokenKeeperOptions> = {}): TokenKeeper {
    return new TokenKeeper({
      login: (signal) => this.#login(signal),
      clock: this.clock,
      random: () => 0.5,
      onToken: (token) => this.kept.push(token),
      log: {
        debug: () => {},
        info: (...said) => this.logs.push(filledIn(...said)),
        warn: (...said) => this.logs.push(filledIn(...said)),
        error: (...said) => this.logs.push(filledIn(...said)),
      },
      ...options,
    });
  }

  async #login(signal: AbortSignal): Promise<LoginAnswer> {
    this.logins++;
    await this.clock.sleep(10, signal);
    const answer = this.before.shift();
    if (answer !== undefined) return answer;
    const nowMs = this.#serverStart + this.clock.monotonic();
    const iat = Math.floor(nowMs / 1000);
    const token = unsignedJwt({ iat, exp: iat + this.lifeSeconds, jti: `${this.logins}` });
    return { kind: "token", token, date: new Date(nowMs).toUTCString() };
  }
}

/** The text that a log writes. */
function filledIn(template: string, values: Record<string, unknown>): string {
  return template.replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
}

/** Settled state of a promise without waiting for it. */
async function peek<T>(promise: Promise<T>): Promise<T | "pending"> {
  await settle("loop");
  return await Promise.race([promise, Promise.resolve("pending" as const)]);
}

async function loggedIn(server: FakeServer, keeper: TokenKeeper): Promise<string> {
  const token = keeper.get(never);
  await server.clock.advance(10);
  return await token;
}

Deno.test("TokenKeeper.get() logs in once however many wait, and then not again", async () => {
  const server = new FakeServer();
  const keeper = server.keeper();
  const waiting = Array.from({ length: 100 }, () => keeper.get(never));
  await server.clock.advance(10);
  const tokens = new Set(await Promise.all(waiting));
  await keeper.get(never);
  assert.equal(tokens.size, 1);
  assert.equal(server.logins, 1);
  assert.equal(keeper.current(), [...tokens][0]);
});

Deno.test("TokenKeeper.renew() makes one log-in of 100 requests that fail together", async () => {
  const server = new FakeServer();
  const keeper = server.keeper();
  const stale = await loggedIn(server, keeper);
  await server.clock.advance(60_000);
  const renewed = Array.from({ length: 100 }, () => keeper.renew(stale, never));
  await server.clock.advance(10);
  const [fresh] = new Set(await Promise.all(renewed));
  assert.notEqual(fresh, stale);
  assert.equal(server.logins, 2);
  // Another request comes late with the same news.
  assert.equal(await keeper.renew(stale, never), fresh);
  assert.equal(server.logins, 2);
});

Deno.test("TokenKeeper.renew() does not follow a server that refuses each token it hands out", async () => {
  const server = new FakeServer();
  const keeper = server.keeper();
  const stop = new AbortController();
  const work = (async () => {
    let token = await keeper.get(stop.signal);
    for (;;) token = await keeper.renew(token, stop.signal);
  })();
  const stopped = assert.rejects(work, /enough/);
  await server.clock.advance(600_000);
  stop.abort(new Error("enough"));
  await stopped;
  assert.ok(server.logins < 30, `${server.logins} log-ins in 10 minutes`);
});

Deno.test("TokenKeeper.get() stops waiting at its own signal and leaves the others waiting", async () => {
  const server = new FakeServer();
  const keeper = server.keeper();
  const impatient = new AbortController();
  const first = keeper.get(impatient.signal);
  const second = keeper.get(never);
  impatient.abort(new Error("no time"));
  await assert.rejects(first, /no time/);
  await server.clock.advance(10);
  assert.notEqual(await peek(second), "pending");
  assert.equal(server.logins, 1);
});

Deno.test("TokenKeeper stops logging in when nobody waits any more, and keeps the pace", async () => {
  const server = new FakeServer();
  server.before.push(...Array(50).fill({ kind: "retry", reason: "503" }));
  const keeper = server.keeper();
  for (let count = 0; count < 50; count++) {
    const impatient = new AbortController();
    const get = assert.rejects(keeper.get(impatient.signal));
    await server.clock.advance(100);
    impatient.abort();
    await get;
  }
  // 5 s of impatient callers, and waits of 1, 1, 2 and 4 s.
  assert.ok(server.logins <= 4, `${server.logins} log-ins`);
  assert.equal(server.clock.nextWakeIn(), undefined);
});

Deno.test("TokenKeeper.get() tries again with back-off, waits as the server asks, and tells once", async () => {
  const server = new FakeServer();
  const busy = { kind: "retry", reason: "429 from https://h", afterMs: 30_000 } as const;
  server.before.push(busy, busy, busy);
  const failures: string[] = [];
  const keeper = server.keeper({ onFailure: ({ reason }) => failures.push(reason) });
  const token = keeper.get(never);
  await server.clock.advance(10);
  const { state, reason, next_try_in_ms } = keeper.status();
  assert.deepEqual([state, reason], ["retrying", "429 from https://h"]);
  assert.ok(next_try_in_ms !== undefined && next_try_in_ms >= 30_000);
  await server.clock.advance(80_000);
  assert.equal(await peek(token), "pending");
  await server.clock.advance(20_000);
  assert.notEqual(await peek(token), "pending");
  assert.equal(failures.length, 3);
  assert.equal(server.logs.length, 2);
  assert.match(server.logs[0] ?? "", /^Cannot log in: 429 from https:\/\/h; next try in 31 s$/);
  assert.match(server.logs[1] ?? "", /^Logged in after 3 failed tries$/);
});

Deno.test("TokenKeeper goes on slowly after a refusal, says so once, and recovers", async () => {
  const server = new FakeServer();
  server.before.push(...Array(3).fill({ kind: "refused", reason: "401: Invalid key" }));
  const keeper = server.keeper();
  const token = keeper.get(never);
  await server.clock.advance(599_000);
  assert.equal(server.logins, 1);
  assert.equal(keeper.status().state, "refused");
  await server.clock.advance(1_300_000);
  assert.notEqual(await peek(token), "pending");
  assert.equal(server.logins, 4);
  assert.equal(keeper.status().state, "valid");
  assert.equal(server.logs.filter((line) => line.includes("refuses this agent")).length, 1);
});

Deno.test("TokenKeeper.run() replaces tokens at 80 % of their life and is idle between", async () => {
  const server = new FakeServer();
  const keeper = server.keeper();
  const stop = new AbortController();
  const running = keeper.run(stop.signal);
  await server.clock.advance(3_600_000);
  // One hour, tokens of 15 minutes: one every 12.
  assert.equal(server.logins, 5);
  assert.equal(server.kept.length, 5);
  stop.abort();
  await running;
  assert.equal(server.clock.nextWakeIn(), undefined);
});

Deno.test("TokenKeeper.run() replaces a token that came by renew() at its own time", async () => {
  const server = new FakeServer();
  const keeper = server.keeper();
  const stop = new AbortController();
  const running = keeper.run(stop.signal);
  await server.clock.advance(10);
  server.lifeSeconds = 60;
  const renewed = keeper.renew(keeper.current() ?? "", never);
  await server.clock.advance(2_000);
  await renewed;
  await server.clock.advance(47_500);
  assert.equal(server.logins, 3);
  stop.abort();
  await running;
});

Deno.test("TokenKeeper.run() keeps the old token in use while the next one can't be had", async () => {
  const server = new FakeServer();
  const keeper = server.keeper({ backoff: { baseMs: 1_000, maxMs: 60_000 } });
  const stop = new AbortController();
  const running = keeper.run(stop.signal);
  await server.clock.advance(10);
  const old = keeper.current();
  server.before.push(...Array(5).fill({ kind: "retry", reason: "connection refused" }));
  await server.clock.advance(725_000);
  assert.equal(await peek(keeper.get(never)), old);
  assert.equal(keeper.status().state, "valid");
  assert.equal(keeper.status().reason, "connection refused");
  await server.clock.advance(60_000);
  assert.notEqual(keeper.current(), old);
  assert.equal(keeper.status().reason, undefined);
  stop.abort();
  await running;
});

for (const off of [-TEN_YEARS_MS, TEN_YEARS_MS]) {
  const years = off < 0 ? "10 years slow" : "10 years fast";
  Deno.test(`TokenKeeper makes no storm when the clock is ${years}, or jumps there and back`, async () => {
    const server = new FakeServer(new MemoryClock(Date.UTC(2026, 0, 1) + off));
    const keeper = server.keeper();
    const stop = new AbortController();
    const running = keeper.run(stop.signal);
    for (let hour = 0; hour < 3; hour++) {
      await server.clock.advance(1_200_000);
      server.clock.jumpTo(Date.UTC(2026, 0, 1) - off);
      await server.clock.advance(1_200_000);
      server.clock.jumpTo(Date.UTC(2026, 0, 1) + off);
      await server.clock.advance(1_200_000);
    }
    assert.equal(server.logins, 15);
    stop.abort();
    await running;
  });

  Deno.test(`TokenKeeper logs in at most once more when the clock was ${years} at a restart`, async () => {
    const before = new FakeServer();
    await loggedIn(before, before.keeper());
    const [cached] = before.kept;
    const server = new FakeServer(new MemoryClock(Date.UTC(2026, 0, 1) + off));
    const keeper = server.keeper({ cached });
    const stop = new AbortController();
    const running = keeper.run(stop.signal);
    await server.clock.advance(600_000);
    assert.ok(server.logins <= 1, `${server.logins} log-ins`);
    stop.abort();
    await running;
  });
}

Deno.test("TokenKeeper makes no storm of tokens whose life is over when they come", async () => {
  for (const life of [-900, 0, 1]) {
    const server = new FakeServer();
    server.lifeSeconds = life;
    const keeper = server.keeper();
    const stop = new AbortController();
    const running = keeper.run(stop.signal);
    const working = (async () => {
      while (!stop.signal.aborted) {
        await keeper.get(stop.signal);
        await server.clock.sleep(1_000, stop.signal);
      }
    })().catch(() => {});
    await server.clock.advance(60_000);
    assert.ok(server.logins <= 13, `${server.logins} log-ins in a minute, life ${life} s`);
    stop.abort();
    await Promise.all([running, working]);
  }
});

Deno.test("TokenKeeper uses the token of an earlier run without logging in", async () => {
  const before = new FakeServer();
  const token = await loggedIn(before, before.keeper());
  const server = new FakeServer();
  const keeper = server.keeper({ cached: before.kept[0] });
  assert.equal(keeper.status().state, "valid");
  assert.equal(await keeper.get(never), token);
  assert.equal(server.logins, 0);
});

Deno.test("TokenKeeper.get() hands no token out whose time is over", async () => {
  const server = new FakeServer();
  const keeper = server.keeper();
  const old = await loggedIn(server, keeper);
  await server.clock.advance(900_000);
  assert.equal(keeper.status().state, "none");
  assert.notEqual(await loggedIn(server, keeper), old);
});

Deno.test("TokenKeeper goes on when a token can't be kept for the next start", async () => {
  const server = new FakeServer();
  const keeper = server.keeper({
    onToken: () => {
      throw new Error("disk full");
    },
  });
  const token = await loggedIn(server, keeper);
  assert.equal(keeper.current(), token);
  assert.match(server.logs.join(), /Cannot keep the token for the next start: disk full/);
});

Deno.test("TokenKeeper.status() tells the state, since when, and the end of the token's life", async () => {
  const server = new FakeServer();
  const keeper = server.keeper();
  assert.deepEqual(keeper.status(), {
    state: "none",
    since: "2026-01-01T00:00:00.000Z",
    for_ms: 0,
  });
  const token = keeper.get(never);
  await server.clock.advance(5);
  assert.equal(keeper.status().state, "logging_in");
  await server.clock.advance(5);
  await token;
  await server.clock.advance(2_000);
  assert.deepEqual(keeper.status(), {
    state: "valid",
    since: "2026-01-01T00:00:00.010Z",
    for_ms: 2_000,
    expires_at: "2026-01-01T00:15:00.000Z",
  });
});
