import assert from "node:assert/strict";
import { FakeClock } from "../../support/fake_clock.ts";
import { TestManager } from "../harness.ts";
import { openPage, Visitor } from "./visitor.ts";

Deno.test("page: who is not logged in is sent to the form, and from there to where he was going", async () => {
  await using manager = await TestManager.open();
  const visitor = new Visitor(manager);
  const refused = await visitor.get("/page/fleet?status=active");
  assert.equal(refused.status, 303);
  const form = refused.headers.get("Location") ?? "";
  assert.equal(form, "/page/log-in?next=%2Fpage%2Ffleet%3Fstatus%3Dactive");
  assert.match(await visitor.read(form), /name="next" value="\/page\/fleet\?status=active"/);
  const next = "/page/fleet?status=active";
  const entered = await visitor.post("/page/log-in", {
    user: "wazuh",
    password: "topsecret",
    next,
  });
  assert.deepEqual([entered.status, entered.headers.get("Location")], [303, next]);
  assert.match(await visitor.read(next), /<h1>Fleet<\/h1>/);
});

Deno.test("page: no next leads to another site", async () => {
  await using manager = await TestManager.open();
  for (const next of ["//evil.example", "https://evil.example/page/", "/page/..//x", "/\\evil"]) {
    const credentials = { user: "wazuh", password: "topsecret", next };
    const answer = await new Visitor(manager).post("/page/log-in", credentials);
    assert.equal(answer.headers.get("Location"), "/page/fleet", next);
  }
});

Deno.test("page: what no header may hold in next does not keep anybody out", async () => {
  await using manager = await TestManager.open();
  const expected = {
    "/page/fleet?text=a\r\nSet-Cookie: x=y": "/page/fleet?text=aSet-Cookie:%20x=y",
    "/page/fleet?text=ä": "/page/fleet?text=%C3%A4",
    "/page/fleet?text=你": "/page/fleet?text=%E4%BD%A0",
  };
  for (const [next, location] of Object.entries(expected)) {
    const credentials = { user: "wazuh", password: "topsecret", next };
    const answer = await new Visitor(manager).post("/page/log-in", credentials);
    assert.deepEqual([answer.status, answer.headers.get("Location")], [303, location]);
  }
});

Deno.test("page: a script that does not say where it is, is sent to the form all the same", async () => {
  await using manager = await TestManager.open();
  const headers = { "HX-Request": "true", "HX-Current-URL": "nowhere" };
  const answer = await new Visitor(manager).get("/page/fleet", headers);
  assert.equal(answer.status, 401);
  assert.equal(answer.headers.get("HX-Redirect"), "/page/log-in?next=%2Fpage%2Ffleet");
});

Deno.test("page: the cookie can be read by no script and sent by no other site, over TLS only encrypted", async () => {
  await using manager = await TestManager.open();
  const logIn = (url: string) =>
    manager.fetch(`${url}/page/log-in`, {
      method: "POST",
      redirect: "manual",
      headers: { Origin: url },
      body: new URLSearchParams({ user: "wazuh", password: "topsecret" }),
    });
  const cookie = (await logIn("http://manager:8080")).headers.get("Set-Cookie") ?? "";
  assert.match(cookie, /^manager-session-8080=[^;]+; Path=\/page; HttpOnly; SameSite=Strict$/);
  const secure = (await logIn("https://manager")).headers.get("Set-Cookie") ?? "";
  assert.match(
    secure,
    /^manager-session-443=[^;]+; Path=\/page; HttpOnly; Secure; SameSite=Strict$/,
  );
});

Deno.test("page: a session is no token of the management API, and a token of that is no session", async () => {
  const { manager, visitor } = await openPage();
  await using _manager = manager;
  const [name = "", session = ""] = visitor.cookie.split("=");
  const url = "http://manager/manager/stats";
  const answer = await manager.fetch(url, { headers: { Authorization: `Bearer ${session}` } });
  assert.equal(answer.status, 403);
  visitor.cookie = `${name}=${await manager.userToken()}`;
  assert.equal((await visitor.get("/page/fleet")).status, 403);
});

Deno.test("page: a form of another site changes nothing, nor does one that does not say where it is from", async () => {
  const { manager, visitor } = await openPage();
  await using _manager = manager;
  for (const headers of [{ Origin: "https://evil.example" }, { Origin: "null" }, {}]) {
    const given = headers as Record<string, string>;
    assert.equal((await visitor.post("/page/log-out", {}, given)).status, 403);
    const credentials = { user: "wazuh", password: "topsecret" };
    assert.equal((await visitor.post("/page/log-in", credentials, given)).status, 403);
  }
  await visitor.read("/page/fleet");
});

Deno.test("page: who logged out is out, also with the cookie that he had", async () => {
  const { manager, visitor } = await openPage();
  await using _manager = manager;
  const { cookie } = visitor;
  assert.equal((await visitor.post("/page/log-out")).headers.get("Location"), "/page/log-in");
  visitor.cookie = cookie;
  assert.equal((await visitor.get("/page/fleet")).status, 303);
  // Within the same second.
  await (await visitor.logIn()).read("/page/fleet");
});

Deno.test("page: logging out ends every cookie of the session, also after a restart of the manager", async () => {
  const dataFolder = await Deno.makeTempDir();
  const clock = new FakeClock();
  const options = { dataFolder, clock, agent: false, tokenTtlMs: 900_000 };
  const cookies: string[] = [];
  {
    await using manager = await TestManager.open(options);
    const visitor = await new Visitor(manager).logIn();
    cookies.push(visitor.cookie);
    await clock.advance(500_000);
    await visitor.read("/page/fleet");
    cookies.push(visitor.cookie);
    assert.notEqual(cookies[0], cookies[1]);
    await visitor.post("/page/log-out");
  }
  await using manager = await TestManager.open(options);
  for (const cookie of cookies) {
    const visitor = Object.assign(new Visitor(manager), { cookie });
    assert.equal((await visitor.get("/page/fleet")).status, 303);
  }
  await Deno.remove(dataFolder, { recursive: true });
});

Deno.test("page: a session ends with its token, and goes on for as long as somebody looks", async () => {
  const { manager, visitor } = await openPage({ tokenTtlMs: 900_000 });
  await using _manager = manager;
  const first = visitor.cookie;
  await manager.clock.advance(400_000);
  await visitor.read("/page/fleet");
  assert.equal(visitor.cookie, first);
  await manager.clock.advance(400_000);
  await visitor.read("/page/fleet");
  assert.notEqual(visitor.cookie, first);
  await manager.clock.advance(400_000);
  await visitor.read("/page/fleet");
  await manager.clock.advance(901_000);
  assert.equal((await visitor.get("/page/fleet")).status, 303);
});

Deno.test("page: a script that asks without a session is told where to log in", async () => {
  await using manager = await TestManager.open();
  const answer = await new Visitor(manager).get("/page/fleet", {
    "HX-Request": "true",
    "HX-Current-URL": "http://manager/page/fleet?text=web",
  });
  assert.equal(answer.status, 401);
  assert.equal(
    answer.headers.get("HX-Redirect"),
    "/page/log-in?next=%2Fpage%2Ffleet%3Ftext%3Dweb",
  );
});

Deno.test("page: log-ins that fail are counted with those of the API, and roles that may not look are refused", async () => {
  const users = [
    { name: "joiner", role: "enroller" as const, password: "joiners-password" },
    { name: "looker", role: "reader" as const, password: "lookers-password" },
  ];
  await using manager = await TestManager.open({ users, loginFailures: 2 });
  const joiner = await new Visitor(manager).post("/page/log-in", {
    user: "joiner",
    password: "joiners-password",
  });
  assert.equal(joiner.status, 403);
  assert.match(await joiner.text(), /the role enroller does not allow this/);
  await (await new Visitor(manager).logIn("looker", "lookers-password")).read("/page/fleet");

  const wrong = await new Visitor(manager).post("/page/log-in", { user: "ops", password: "x" });
  assert.equal(wrong.status, 401);
  assert.match(await wrong.text(), /Invalid credentials/);
  await (await manager.authenticate("ops:y")).text();
  const late = await new Visitor(manager).post("/page/log-in", { user: "ops", password: "z" });
  assert.equal(late.status, 429);
  assert.ok(Number(late.headers.get("Retry-After")) > 0);
});
