import assert from "node:assert/strict";
import { assertRefused, registration, TestManager, type TestOptions } from "../harness.ts";

const USERS = [
  { role: "reader", name: "grafana", password: "grafana-password" },
  { role: "operator", name: "ops", password: "operator-password" },
  { role: "enroller", name: "images", password: "enroller-password" },
] as const;

class Scene {
  constructor(readonly test: TestManager) {}

  static async open(options: TestOptions = {}): Promise<Scene & AsyncDisposable> {
    const test = await TestManager.open({ agent: false, users: USERS, ...options });
    return Object.assign(new Scene(test), {
      [Symbol.asyncDispose]: () => test[Symbol.asyncDispose](),
    });
  }

  async token(user: string, password: string): Promise<string> {
    const answer = await this.test.authenticate(`${user}:${password}`);
    return (await answer.json()).data.token;
  }

  send(method: string, path: string, token: string, body?: unknown): Promise<Response> {
    return this.test.fetch(`http://manager${path}`, {
      method,
      headers: { "Authorization": `Bearer ${token}`, "Content-Type": "application/json" },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  }

  async enrollmentToken(body: unknown): Promise<{ id: string; token: string }> {
    const answer = await this.send(
      "POST",
      "/agents/enrollment-tokens",
      await this.test.userToken(),
      body,
    );
    assert.equal(answer.status, 201);
    return (await answer.json()).data;
  }
}

const TOKENS = "/agents/enrollment-tokens";

Deno.test("an enrolment token registers as many agents as it has uses, in its groups, and does nothing else", async () => {
  await using scene = await Scene.open();
  const { token } = await scene.enrollmentToken({ groups: ["web", "linux"], uses: 2 });
  const agents = [registration({ name: "a" }), registration({ name: "b" })];
  for (const agent of agents) {
    const answer = await scene.send("POST", "/agents", token, agent);
    assert.equal(answer.status, 201);
    assert.deepEqual((await answer.json()).data, { groups: ["web", "linux"] });
  }
  const third = await scene.send("POST", "/agents", token, registration({ name: "c" }));
  await assertRefused(third, 403, "The enrolment token has been used up");
  const { memberships } = scene.test.manager.store;
  assert.deepEqual(memberships.groupsOf(String(agents[0]?.id)), ["web", "linux"]);
  assert.equal((await scene.send("GET", "/manager/agents", token)).status, 401);
  assert.equal((await scene.send("POST", TOKENS, token, {})).status, 401);
});

Deno.test("an agent whose answer was lost registers again with the same token, id and key, though it is used up", async () => {
  await using scene = await Scene.open();
  const { token } = await scene.enrollmentToken({ uses: 1 });
  const agent = registration();
  for (let time = 0; time < 3; time++) {
    assert.equal((await scene.send("POST", "/agents", token, agent)).status, 201);
  }
  assert.equal(scene.test.manager.store.agents.count(), 1);
  const otherKey = { ...agent, key: "0".repeat(32) };
  await assertRefused(
    await scene.send("POST", "/agents", token, otherKey),
    409,
    `Agent id "${agent.id}" is taken already`,
  );
});

Deno.test("an enrolment token puts nobody in groups that it does not name", async () => {
  await using scene = await Scene.open();
  const { token } = await scene.enrollmentToken({ groups: ["web"] });
  const answer = await scene.send("POST", "/agents", token, registration({ groups: ["db"] }));
  await assertRefused(answer, 403, 'The enrolment token does not allow the group "db"');
  assert.equal(scene.test.manager.store.agents.count(), 0);
});

Deno.test("an enrolment token ends by time and by hand, and its secret is shown once only", async () => {
  await using scene = await Scene.open();
  const first = await scene.enrollmentToken({ expires_in: 60 });
  const second = await scene.enrollmentToken({});
  const user = await scene.test.userToken();
  const list = await (await scene.send("GET", TOKENS, user)).text();
  assert.ok(list.includes(first.id) && !list.includes(first.token.slice(-43)));
  assert.equal((await scene.send("DELETE", `${TOKENS}/${second.id}`, user)).status, 200);
  assert.equal((await scene.send("DELETE", `${TOKENS}/${second.id}`, user)).status, 404);
  await scene.test.clock.advance(60_000);
  for (const { token } of [first, second]) {
    const answer = await scene.send("POST", "/agents", token, registration());
    await assertRefused(answer, 401, "The enrolment token is unknown or has expired");
  }
});

Deno.test("an order for an enrolment token that cannot be is refused with the member at fault", async () => {
  await using scene = await Scene.open();
  const token = await scene.test.userToken();
  const cases: [unknown, RegExp][] = [
    [{ uses: 0 }, /^Invalid "uses"/],
    [{ uses: 0.1 }, /^Invalid "uses"/],
    [{ groups: ["../x"] }, /^Invalid "groups\.0"/],
    [{ expires_in: "1h" }, /^Invalid "expires_in": not a whole number of seconds/],
    [{ use: 1 }, /^Invalid "body"/],
    [[], /^Invalid "body"/],
  ];
  for (const [body, message] of cases) {
    await assertRefused(await scene.send("POST", TOKENS, token, body), 400, message);
  }
});

Deno.test("a role allows what it is for and nothing else", async () => {
  await using scene = await Scene.open();
  const orders = "/_plugins/_command_manager/commands";
  const may: Record<string, number[]> = { grafana: [], ops: [], images: [] };
  for (const { name, password } of USERS) {
    const token = await scene.token(name, password);
    const answers = [
      await scene.send("GET", "/manager/agents", token),
      await scene.send("GET", "/manager/stats", token),
      await scene.send("POST", orders, token, {}),
      await scene.send("DELETE", "/agents/nobody", token),
      await scene.send("POST", "/agents", token, registration({ name })),
      await scene.send("POST", TOKENS, token, {}),
    ];
    may[name] = answers.map(({ status }) => status);
  }
  assert.deepEqual(may, {
    grafana: [200, 200, 403, 403, 403, 403],
    ops: [200, 200, 400, 404, 403, 403],
    images: [403, 403, 403, 403, 201, 201],
  });
});

Deno.test("guesses are told to come again later, from the address and for the account, in whatever role", async () => {
  await using scene = await Scene.open();
  const { apps } = scene.test.manager;
  const guess = async (name: string, remoteAddress: string, password = "wrong") => {
    const headers = { Authorization: `Basic ${btoa(`${name}:${password}`)}` };
    const url = "http://manager/security/user/authenticate";
    return await apps.management.fetch(new Request(url, { method: "POST", headers }), {
      remoteAddress,
    });
  };
  const statuses: number[] = [];
  for (let count = 0; count < 50; count++) {
    statuses.push((await guess("wazuh", `192.0.2.${count}`)).status);
  }
  assert.deepEqual(
    [statuses.filter((one) => one === 401).length, statuses.filter((one) => one === 429).length],
    [10, 40],
  );
  const right = await guess("wazuh", "192.0.2.77", "topsecret");
  assert.equal(right.status, 429, "else a guess would be known to be right");
  assert.equal(right.headers.get("Retry-After"), "6");
  await scene.test.clock.advance(6_000);
  assert.equal((await guess("wazuh", "192.0.2.77", "topsecret")).status, 200);
});

async function registered(scene: Scene, member: Record<string, unknown> = {}) {
  const agent = registration({ name: "box", ...member });
  const { status } = await scene.send("POST", "/agents", await scene.test.userToken(), agent);
  return { status, id: String(agent.id), key: String(agent.key) };
}

Deno.test("a registration that proves the agent it replaces takes its name, and the old one is gone", async () => {
  await using scene = await Scene.open();
  const { id, key } = await registered(scene);
  const next = await registered(scene, { replaces: { id, key } });
  assert.equal(next.status, 201);
  await assertRefused(await scene.test.logIn(id, key), 403, "Agent does not exist");
  assert.equal((await scene.test.logIn(next.id, next.key)).status, 200);
  assert.equal(scene.test.manager.store.agents.count(), 1);
});

Deno.test("an agent under another name replaces the old one too", async () => {
  await using scene = await Scene.open();
  const { id, key } = await registered(scene);
  assert.equal((await registered(scene, { name: "new", replaces: { id, key } })).status, 201);
  assert.equal(scene.test.manager.store.agents.count(), 1);
});

Deno.test("a registration with a wrong key for the agent it replaces changes nothing", async () => {
  await using scene = await Scene.open();
  const { id, key } = await registered(scene);
  const other = await registered(scene, { replaces: { id, key: "x".repeat(32) } });
  assert.equal(other.status, 403);
  assert.equal((await scene.test.logIn(id, key)).status, 200);
});

Deno.test("a registration that replaces an agent that is gone is like any other", async () => {
  await using scene = await Scene.open();
  const replaces = { id: crypto.randomUUID(), key: "x".repeat(32) };
  assert.equal((await registered(scene, { replaces })).status, 201);
  assert.equal((await registered(scene, { replaces })).status, 409);
});

Deno.test("a registration names groups as set-group takes them", async () => {
  await using scene = await Scene.open();
  for (const groups of [[".hidden"], ["a/b"], ["x".repeat(129)], [""]]) {
    assert.equal((await registered(scene, { groups })).status, 400, JSON.stringify(groups));
  }
});

Deno.test("guessing enrolment tokens is slowed down like any log-in, and a right one is taken meanwhile", async () => {
  await using scene = await Scene.open();
  const { token } = await scene.enrollmentToken({});
  const guess = () => scene.send("POST", "/agents", `enr_${"0".repeat(16)}_${"a".repeat(43)}`, {});
  const statuses: number[] = [];
  for (let tries = 0; tries < 12; tries++) statuses.push((await guess()).status);
  assert.deepEqual(statuses, [...Array(10).fill(401), 429, 429]);
  const refused = await guess();
  assert.ok(Number(refused.headers.get("Retry-After")) >= 1);
  const answer = await scene.send("POST", "/agents", token, registration({ name: "a" }));
  assert.equal(answer.status, 201);
});
