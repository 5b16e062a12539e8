import { ReloadRequests } from "../../../../src/agent/process/signals.ts";
import assert from "node:assert/strict";
import { join } from "node:path";
import { type CommandIo, guarded } from "../../../../src/agent/cli/command_io.ts";
import { registerCommand } from "../../../../src/agent/cli/register/command.ts";
import type { FetchLike } from "../../../../src/agent/comms/connection/server_connection.ts";
import type { TransportOptions } from "../../../../src/agent/comms/connection/transport.ts";
import type { RegistrationRequest } from "../../../../src/shared/protocol/wire.ts";
import { AgentError, exitStatus } from "../../../../src/shared/errors.ts";
import { lockDataFolder } from "../../../../src/agent/identity/data_folder_lock.ts";
import { IdentityFile } from "../../../../src/agent/identity/identity_file.ts";
import { inProcessFetch } from "../../../../mock_server/in_process_fetch.ts";
import { openManager } from "../../../../src/manager/manager.ts";
import { type FakeFetch, fakeFetch } from "../../../support/fake_fetch.ts";
import { createTestAuthority } from "../../../support/tls.ts";

const URL = "https://manager:55000";
const KEY = "0123456789abcdefghijABCDEFGHIJxy";
const LOGIN_PATH = "/security/user/authenticate";

/** One machine: a data folder, and what the command says. */
class Machine implements Disposable {
  readonly root = Deno.makeTempDirSync();
  readonly data = join(this.root, "data");
  readonly env: Record<string, string> = {
    AGENT_PATH_DATA: this.data,
    AGENT_PATH_RUN: this.root,
    AGENT_CONFIG: join(this.root, "agent.yaml"),
  };
  readonly transports: TransportOptions[] = [];
  readonly stop = new AbortController();
  stdin = "";
  /** What is typed at the hidden prompt; without it there is no terminal. */
  typed: string | null | undefined;
  out = "";
  err = "";

  constructor() {
    Deno.writeTextFileSync(join(this.root, "agent.yaml"), "{}\n");
  }

  get identity() {
    return new IdentityFile(this.data);
  }

  async register(fetch: FetchLike | undefined, ...args: string[]): Promise<void> {
    this.out = this.err = "";
    const command = registerCommand(this.#io(), {
      version: "1.2.3",
      ...(fetch && { createTransport: (options) => this.#transport(options, fetch) }),
    });
    await command.exitOverride().parseAsync(args, { from: "user" });
  }

  /** Registers with what is always needed; `args` may say it again. */
  async registerAs(fetch: FetchLike, ...args: string[]): Promise<void> {
    const usual = ["--url", URL, "--user", "wazuh", "--name", "web-1"];
    await this.register(fetch, ...usual, ...args);
  }

  #transport(options: TransportOptions, fetch: FetchLike) {
    this.transports.push(options);
    return { fetch, close: () => {} };
  }

  #io(): CommandIo {
    return guarded({
      stdout: (text) => void (this.out += text),
      stderr: (text) => void (this.err += text),
      env: this.env,
      isTerminal: { stdin: this.typed !== undefined, stdout: false, stderr: false },
      readStdin: () => Promise.resolve(this.stdin),
      flushStderr: () => Promise.resolve(),
      promptHidden: () => Promise.resolve(this.typed ?? null),
      signal: this.stop.signal,
      reloads: new ReloadRequests(),
    });
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.root, { recursive: true });
  }
}

/** A management API that answers `POST /agents` with `answer`. */
function serverWith(answer: () => Response | Promise<Response>): FakeFetch {
  return fakeFetch((request) =>
    request.url.endsWith(LOGIN_PATH) ? Response.json({ data: { token: "user-token" } }) : answer()
  );
}

const accepting = () => serverWith(() => new Response(null, { status: 201 }));

async function failure(work: Promise<void>): Promise<AgentError> {
  const error: unknown = await work.then(() => undefined, (error) => error);
  assert.ok(error instanceof AgentError, String(error));
  assert.ok(error.hint, error.message);
  assert.doesNotMatch(`${error.message} ${error.hint}`, /hunter2|user-token/);
  return error;
}

function registrations(server: FakeFetch): Promise<RegistrationRequest[]> {
  const sent = server.requests.filter(({ url }) => url === `${URL}/agents`);
  return Promise.all(sent.map((request) => request.json()));
}

Deno.test("agent register makes an identity that the manager knows", async () => {
  using machine = new Machine();
  await using manager = await openManager({ user: "wazuh", password: "hunter2" });
  const fetch = inProcessFetch(manager.apps);
  await machine.registerAs(fetch, "--password", "hunter2", "--groups", "web, linux");
  const { key, ...identity } = machine.identity.load();
  assert.match(key, /^[A-Za-z0-9]{32}$/);
  assert.match(identity.id, /^[0-9a-f]{8}-[0-9a-f]{4}-7/);
  assert.equal(identity.name, "web-1");
  assert.deepEqual(identity.groups, ["web", "linux"]);
  assert.equal(identity.management_url, URL);
  assert.match(machine.out, new RegExp(`"web-1"\n  id    ${identity.id}\n`));
  const login = await fetch("https://manager:27000/api/v1/authentication", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ uuid: identity.id, key }),
  });
  assert.equal(login.status, 200);
});

Deno.test("agent register sends what the protocol asks for", async () => {
  using machine = new Machine();
  machine.env.AGENT_PASSWORD = "pässword:1";
  const server = accepting();
  await machine.registerAs(server.fetch, "--key", KEY);
  const [login, registration] = server.requests;
  assert.equal(login?.url, URL + LOGIN_PATH);
  assert.equal(login.method, "POST");
  const basic = new TextEncoder().encode("wazuh:pässword:1").toBase64();
  assert.equal(login.headers.get("authorization"), `Basic ${basic}`);
  assert.equal(await login.text(), "");
  assert.equal(registration?.headers.get("authorization"), "Bearer user-token");
  const { id, host, ...body } = await registration.json();
  assert.deepEqual(body, { name: "web-1", key: KEY, type: "Endpoint", version: "1.2.3" });
  assert.equal(id, machine.identity.load().id);
  assert.equal(host.architecture, Deno.build.arch);
  assert.match(login.headers.get("user-agent") ?? "", /^\S+\/1\.2\.3 \(Endpoint; /);
});

Deno.test("agent register stores the key that the server hands out", async () => {
  for (const body of [{ key: "handed-out" }, { data: { key: "handed-out" }, error: 0 }]) {
    using machine = new Machine();
    const server = serverWith(() => Response.json(body, { status: 201 }));
    await machine.registerAs(server.fetch, "--password", "hunter2");
    assert.equal(machine.identity.load().key, "handed-out");
  }
});

Deno.test("agent register keeps its own key when the answer has none that can be one", async () => {
  for (const body of ["", "{}", '{"key":""}', '{"key":5,"data":null}', '{"data":{}}']) {
    using machine = new Machine();
    const server = serverWith(() => new Response(body, { status: 200 }));
    await machine.registerAs(server.fetch, "--password", "hunter2", "--key", KEY);
    assert.equal(machine.identity.load().key, KEY, body);
  }
});

Deno.test("agent register --json prints everything but the secrets", async () => {
  using machine = new Machine();
  await machine.registerAs(accepting().fetch, "--password", "hunter2", "--json");
  const { id, registered_at } = machine.identity.load();
  assert.deepEqual(JSON.parse(machine.out), {
    schema: 1,
    id,
    name: "web-1",
    groups: [],
    registered_at,
    management_url: URL,
    identity_file: machine.identity.path,
    config_file: join(machine.root, "agent.yaml"),
    config_written: [],
    next: `agent run --config ${join(machine.root, "agent.yaml")}`,
  });
});

Deno.test("agent register takes the password from a file, standard input, the environment or a prompt", async () => {
  const ways: [string[], (machine: Machine) => void][] = [
    [["--password-stdin"], (machine) => machine.stdin = "hunter2\n"],
    [[], (machine) => machine.env.AGENT_PASSWORD = "hunter2"],
    [[], (machine) => machine.typed = "hunter2"],
    [["--password", "hunter2"], () => {}],
  ];
  for (const [args, prepare] of ways) {
    using machine = new Machine();
    prepare(machine);
    const server = accepting();
    await machine.registerAs(server.fetch, ...args);
    assert.equal(
      server.requests[0]?.headers.get("authorization"),
      `Basic ${btoa("wazuh:hunter2")}`,
    );
  }
  using machine = new Machine();
  const file = join(machine.root, "secret");
  Deno.writeTextFileSync(file, "hunter2\r\nsecond line\n");
  const server = accepting();
  await machine.registerAs(server.fetch, "--password-file", file);
  assert.equal(server.requests[0]?.headers.get("authorization"), `Basic ${btoa("wazuh:hunter2")}`);
});

Deno.test("agent register warns that other users can see what stands on the command line", async () => {
  using machine = new Machine();
  await machine.registerAs(accepting().fetch, "--password", "hunter2", "--key", KEY);
  assert.match(
    machine.err,
    /^Warning: --password .*can be seen.*\nWarning: --key .*can be seen.*\n$/,
  );
});

Deno.test("agent register says how to give a password when there is none", async () => {
  const cases: [string[], (machine: Machine) => void, RegExp][] = [
    [[], () => {}, /^No password for "wazuh"$/],
    [[], (machine) => machine.typed = null, /the question was not answered$/],
    [["--password-stdin"], () => {}, /it is empty$/],
    [["--password", ""], () => {}, /it is empty$/],
    [
      ["--password-file", "/no/such/file"],
      () => {},
      /^Cannot read password file .*: no such file$/,
    ],
    [["--password", "hunter2", "--password-stdin"], () => {}, /more than one place$/],
  ];
  for (const [args, prepare, message] of cases) {
    using machine = new Machine();
    prepare(machine);
    const server = accepting();
    const error = await failure(machine.registerAs(server.fetch, ...args));
    assert.match(error.message, message);
    assert.equal(error.code, "usage");
    assert.equal(server.requests.length, 0);
    assert.equal(machine.identity.exists(), false);
  }
});

Deno.test("agent register refuses values that can't be right before it asks anybody", async () => {
  const cases: [string[], RegExp][] = [
    [["--url", "manager:55000"], /^Cannot use --url/],
    [["--url", "https://wazuh:hunter2@manager"], /^Cannot use --url/],
    [["--user", "a:b"], /^Cannot use --user/],
    [["--name", ""], /^Cannot use --name/],
    [["--key", "short"], /^Cannot use the key given/],
  ];
  for (const [args, message] of cases) {
    using machine = new Machine();
    const server = accepting();
    const error = await failure(machine.registerAs(server.fetch, "--password", "hunter2", ...args));
    assert.match(error.message, message);
    assert.equal(exitStatus(error), 2);
    assert.equal(server.requests.length, 0);
  }
});

Deno.test("agent register has an exit status and a line for each refusal, and stores nothing", async () => {
  const refuse = (status: number, message = "why") =>
    serverWith(() => Response.json({ message, code: 1 }, { status }));
  const noLogin = (status: number) => fakeFetch(() => Response.json({ message: "no" }, { status }));
  const cases: [FakeFetch, number, RegExp][] = [
    [
      noLogin(401),
      6,
      /^Cannot log in as "wazuh" at https:\/\/manager:55000: user or password refused \(no\)$/,
    ],
    [noLogin(403), 6, /user or password refused/],
    [
      fakeFetch(() =>
        Response.json({ title: "Forbidden", detail: "IP {x} blocked" }, { status: 403 })
      ),
      6,
      /^Cannot log in as "wazuh" at https:\/\/manager:55000: the server refuses: Forbidden: IP \{x\} blocked$/,
    ],
    [
      fakeFetch(() => Response.json({ message: "IP blocked" }, { status: 403 })),
      6,
      /: the server refuses: IP blocked$/,
    ],
    [
      fakeFetch(() => new Response("<html><title>Portal</title>", { status: 401 })),
      1,
      /^Cannot log in: 401 from .* a web page, "Portal"/,
    ],
    [
      serverWith(() => new Response("<!doctype html>", { status: 201 })),
      1,
      /^Cannot register "web-1": 201 from .* a web page/,
    ],
    [refuse(403, "IP blocked"), 6, /403 from .*: IP blocked$/],
    [refuse(400, "No such group: web"), 1, /No such group: web$/],
    [noLogin(503), 7, /^Cannot log in: 503 from .*: no$/],
    [noLogin(404), 1, /^Cannot log in: 404 from /],
    [fakeFetch(() => Response.json({ data: {} })), 1, /^Cannot log in: 200 from /],
    [refuse(409), 9, /^Cannot register "web-1": 409 from .*\/agents: why$/],
    [refuse(403), 6, /^Cannot register "web-1": 403 from /],
    [refuse(400), 1, /^Cannot register "web-1": 400 from .*: why$/],
    [refuse(500), 7, /^Cannot register "web-1": 500 from /],
    [refuse(302), 1, /^Cannot register "web-1": 302 from /],
  ];
  for (const [server, status, message] of cases) {
    using machine = new Machine();
    const error = await failure(machine.registerAs(server.fetch, "--password", "hunter2"));
    assert.match(error.message, message);
    assert.equal(exitStatus(error), status, error.message);
    assert.equal(machine.identity.exists(), false);
  }
});

Deno.test("agent register says when the server may have registered the agent all the same", async () => {
  const connectionLost = serverWith(() => {
    throw new TypeError("client error (SendRequest): connection closed before message completed");
  });
  using machine = new Machine();
  const lost = await failure(machine.registerAs(connectionLost.fetch, "--password", "hunter2"));
  assert.equal(lost.code, "server_unreachable");
  assert.match(lost.message, /^No answer from .*; the server may have registered the agent/);
  assert.match(lost.hint ?? "", /^run the same command again/);

  const interrupted = serverWith(() => {
    machine.stop.abort(new Error("SIGINT"));
    throw machine.stop.signal.reason;
  });
  const stopped = await failure(machine.registerAs(interrupted.fetch, "--password", "hunter2"));
  assert.match(stopped.message, /^Interrupted before the server answered; it may have registered/);
  assert.equal(machine.identity.exists(), false);
});

/** A management API that answers as `register` decides, and a comms API that knows the agents it accepted. */
function family(
  register: (request: RegistrationRequest, count: number) => Response | "lose the answer",
) {
  const known = new Map<string, string>();
  let count = 0;
  return fakeFetch(async (request) => {
    if (request.url.endsWith(LOGIN_PATH)) return Response.json({ data: { token: "user-token" } });
    if (request.url.endsWith("/api/v1/authentication")) {
      const { uuid, key } = await request.json();
      return known.get(uuid) === key
        ? Response.json({ token: "t" })
        : Response.json({ message: "Agent does not exist" }, { status: 403 });
    }
    const body: RegistrationRequest = await request.json();
    const answer = register(body, ++count);
    if (answer === "lose the answer" || answer.ok) known.set(body.id, body.key);
    if (answer === "lose the answer") {
      throw new TypeError("client error (SendRequest): connection closed before message completed");
    }
    return answer;
  });
}

const created = () => new Response(null, { status: 201 });
const taken = () => Response.json({ message: "Agent already exists", code: 1 }, { status: 409 });
const onlyVersion4 = () =>
  Response.json(
    { detail: [{ loc: ["body", "id"], type: "uuid_version", msg: "expected uuid4" }] },
    {
      status: 400,
    },
  );

Deno.test("agent register asks once more with a v4 id at a server that takes no other, and with the version that is given", async () => {
  const picky = () => family(({ id }) => id[14] === "4" ? created() : onlyVersion4());
  using machine = new Machine();
  const server = picky();
  await machine.registerAs(server.fetch, "--password", "hunter2");
  const [first, second] = await registrations(server);
  assert.deepEqual([first?.id[14], second?.id[14]], ["7", "4"]);
  assert.equal(first?.key, second?.key);
  assert.equal(machine.identity.load().id, second?.id);

  using byHand = new Machine();
  const asked = picky();
  await byHand.registerAs(asked.fetch, "--password", "hunter2", "--id-version", "4");
  assert.equal((await registrations(asked)).length, 1);
  const refused = picky();
  const error = await failure(
    byHand.registerAs(refused.fetch, "--password", "hunter2", "--force", "--id-version", "7"),
  );
  assert.match(error.message, /body\.id: expected uuid4$/);
  assert.equal((await registrations(refused)).length, 1);
  const never = family(onlyVersion4);
  await failure(byHand.registerAs(never.fetch, "--password", "hunter2", "--force"));
  assert.equal((await registrations(never)).length, 2);
});

Deno.test("agent register asks with the same id and key after an answer that was lost, whatever the server makes of it", async () => {
  for (const second of [created, taken]) {
    using machine = new Machine();
    const server = family((_, count) => count === 1 ? "lose the answer" : second());
    await failure(machine.registerAs(server.fetch, "--password", "hunter2"));
    assert.equal(machine.identity.exists(), false);
    await machine.registerAs(server.fetch, "--password", "hunter2");
    const [lost, again] = await registrations(server);
    assert.deepEqual([again?.id, again?.key], [lost?.id, lost?.key]);
    const { id, key } = machine.identity.load();
    assert.deepEqual([id, key], [lost?.id, lost?.key]);
    assert.deepEqual(
      [...Deno.readDirSync(machine.data)].filter(({ name }) => name.includes("pending")),
      [],
    );
  }
});

Deno.test("agent register knows a v7 id that is refused by every word for it, and says which version to give", async () => {
  const words = [
    { detail: [{ loc: ["body", "id"], msg: "UUID version 4 expected" }] },
    { message: "Invalid uuid" },
    { message: "id does not match ^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}" },
  ];
  for (const status of [400, 422]) {
    for (const said of words) {
      using machine = new Machine();
      const refused = () => Response.json(said, { status });
      const server = family(({ id }) => id[14] === "4" ? created() : refused());
      await machine.registerAs(server.fetch, "--password", "hunter2");
      assert.equal(machine.identity.load().id[14], "4", said.message);
      const byHand = ["--password", "hunter2", "--force", "--id-version", "7"];
      const error = await failure(machine.registerAs(server.fetch, ...byHand));
      assert.match(error.hint ?? "", /--id-version 4/);
    }
  }
});

Deno.test("agent register takes a success that tells of a fault for none, unless the agent can log in", async () => {
  const faults = [
    { error: 5, message: "license exhausted" },
    { error: 1, data: {} },
    { message: "No agent added" },
    { data: { failed_items: [{ error: { message: "group does not exist" } }] } },
    { success: false },
  ];
  for (const fault of faults) {
    using machine = new Machine();
    const server = fakeFetch(({ url }) => {
      if (url.endsWith(LOGIN_PATH)) return Response.json({ data: { token: "user-token" } });
      const isLogin = url.endsWith("/api/v1/authentication");
      return isLogin ? new Response(null, { status: 403 }) : Response.json(fault);
    });
    const error = await failure(machine.registerAs(server.fetch, "--password", "hunter2"));
    assert.match(error.message, /^Cannot register "web-1": 200 from /, JSON.stringify(fault));
    assert.equal(machine.identity.exists(), false);
    const known = family(() => Response.json(fault));
    await machine.registerAs(known.fetch, "--password", "hunter2");
    assert.equal(machine.identity.exists(), true, JSON.stringify(fault));
  }
});

Deno.test("agent register asks over a connection of its own, and takes a name for its own that a second copy of its request found taken", async () => {
  using machine = new Machine();
  let copies = 0;
  const server = family((_, count) => count === 1 ? created() : taken());
  const twice: typeof server.fetch = async (url, init) => {
    if (!url.endsWith("/agents")) return await server.fetch(url, init);
    assert.equal(init.newConnection, true);
    await server.fetch(url, init);
    copies++;
    return await server.fetch(url, init);
  };
  await machine.registerAs(twice, "--password", "hunter2");
  assert.equal(copies, 1);
  assert.equal(machine.identity.exists(), true);
});

Deno.test("agent register keeps no identity of a try that was refused, and takes a name of somebody else for taken", async () => {
  using machine = new Machine();
  const server = family(taken);
  for (let round = 0; round < 2; round++) {
    const error = await failure(machine.registerAs(server.fetch, "--password", "hunter2"));
    assert.equal(error.code, "name_taken");
  }
  const [first, second] = await registrations(server);
  assert.notEqual(first?.id, second?.id);
});

Deno.test("agent register does not ask the server when the folder can't be used", async () => {
  using machine = new Machine();
  Deno.writeTextFileSync(machine.data, "a file in its place");
  const server = accepting();
  const error = await failure(machine.registerAs(server.fetch, "--password", "hunter2"));
  assert.equal(exitStatus(error), 11);
  assert.equal(server.requests.length, 0);
});

Deno.test("agent register does not ask the server while an agent runs in the folder", async () => {
  using machine = new Machine();
  Deno.mkdirSync(machine.data);
  using _running = lockDataFolder(machine.data);
  const server = accepting();
  const error = await failure(machine.registerAs(server.fetch, "--password", "hunter2", "--force"));
  assert.equal(exitStatus(error), 8);
  assert.equal(server.requests.length, 0);
});

Deno.test("agent register refuses to register twice, and asks for no password then", async () => {
  using machine = new Machine();
  const server = accepting();
  await machine.registerAs(server.fetch, "--password", "hunter2");
  const first = machine.identity.load();
  machine.env.AGENT_PASSWORD = "";
  machine.typed = null;
  const error = await failure(machine.registerAs(server.fetch));
  assert.equal(exitStatus(error), 12);
  assert.match(error.hint ?? "", /--force/);
  assert.deepEqual(machine.identity.load(), first);
  assert.equal(server.requests.length, 2);
});

Deno.test("agent register --force keeps the old identity until a new one is accepted", async () => {
  using machine = new Machine();
  await machine.registerAs(accepting().fetch, "--password", "hunter2");
  const first = machine.identity.load();
  const refusing = serverWith(() => new Response("", { status: 409 }));
  const args = ["--password", "hunter2", "--force", "--name", "web-2"];
  await failure(machine.registerAs(refusing.fetch, ...args));
  assert.deepEqual(machine.identity.load(), first);
  const server = accepting();
  await machine.registerAs(server.fetch, ...args);
  const second = machine.identity.load();
  assert.notEqual(second.id, first.id);
  assert.notEqual(second.key, first.key);
  assert.equal(second.name, "web-2");
  assert.equal((await registrations(server))[0]?.id, second.id);
});

Deno.test("agent register replaces a damaged identity only with --force", async () => {
  using machine = new Machine();
  Deno.mkdirSync(machine.data);
  Deno.writeTextFileSync(machine.identity.path, "{");
  const server = accepting();
  const error = await failure(machine.registerAs(server.fetch, "--password", "hunter2"));
  assert.equal(error.code, "already_registered");
  await machine.registerAs(server.fetch, "--password", "hunter2", "--force");
  assert.equal(machine.identity.load().name, "web-1");
});

Deno.test("agent register takes TLS options from the configuration, and flags before them", async () => {
  using machine = new Machine();
  const ca = join(machine.root, "ca.pem");
  const yaml = "agent:\n  verification_mode: none\n  ca_cert: ca.pem\n";
  Deno.writeTextFileSync(join(machine.root, "agent.yaml"), yaml);
  await machine.registerAs(accepting().fetch, "--password", "hunter2");
  const flags = ["--verification-mode", "certificate", "--ca-cert", "/other.pem", "--force"];
  await machine.registerAs(accepting().fetch, "--password", "hunter2", ...flags);
  const seen = machine.transports.map(({ verificationMode, caCert }) => [verificationMode, caCert]);
  assert.deepEqual(seen, [["none", ca], ["certificate", "/other.pem"]]);
});

Deno.test("agent register trusts the CA it is given over real TLS, and no other", async () => {
  using machine = new Machine();
  const authority = await createTestAuthority();
  const other = await createTestAuthority("Other CA");
  const right = join(machine.root, "right.pem");
  const wrong = join(machine.root, "wrong.pem");
  Deno.writeTextFileSync(right, authority.cert);
  Deno.writeTextFileSync(wrong, other.cert);
  const certificate = await authority.issue(["localhost"]);
  const options = { hostname: "127.0.0.1", port: 0, onListen: () => {}, ...certificate };
  const server = Deno.serve(
    options,
    (request) =>
      request.url.endsWith(LOGIN_PATH)
        ? Response.json({ data: { token: "user-token" } })
        : new Response(null, { status: 201 }),
  );
  const args = ["--url", `https://localhost:${server.addr.port}`, "--user", "wazuh"];
  args.push("--password", "hunter2", "--name", "web-1");
  const untrusted = await failure(machine.register(undefined, ...args, "--ca-cert", wrong));
  assert.equal(exitStatus(untrusted), 10);
  assert.match(
    untrusted.message,
    /^Certificate of https:\/\/localhost:\d+ is not trusted: it is not signed/,
  );
  assert.match(untrusted.hint ?? "", /--ca-cert/);
  assert.equal(machine.identity.exists(), false);
  await machine.register(undefined, ...args, "--ca-cert", right);
  assert.equal(machine.identity.load().name, "web-1");
  await server.shutdown();
  const gone = await failure(machine.register(undefined, ...args, "--ca-cert", right, "--force"));
  assert.equal(exitStatus(gone), 7);
  assert.match(gone.message, /^Cannot connect to https:\/\/localhost:\d+: connection refused$/);
});

Deno.test("agent register warns loudly when the address begins with http:", async () => {
  using machine = new Machine();
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => Response.json({ data: { token: "user-token" } }),
  );
  const args = ["--url", `http://127.0.0.1:${server.addr.port}`, "--user", "wazuh"];
  machine.env.AGENT_PASSWORD = "hunter2";
  await machine.register(undefined, ...args);
  await server.shutdown();
  assert.match(machine.err, /^Warning: .* unencrypted\n$/);
});

Deno.test("register takes an enrolment token out of a file in place of a user, and never shows it", async () => {
  await using manager = await openManager({});
  const { token } = manager.store.enrollments.add(
    { groups: ["web"], uses: 1, expiresAtMs: Date.now() + 60_000, createdBy: "test" },
    Date.now(),
  );
  using machine = new Machine();
  const file = join(machine.root, "enrollment.token");
  Deno.writeTextFileSync(file, `${token}\n`);
  await machine.register(
    inProcessFetch(manager.apps),
    ...["--url", URL, "--name", "web-1", "--token-file", file, "--json"],
  );
  assert.equal(machine.identity.load()?.name, "web-1");
  assert.ok(!`${machine.out}${machine.err}`.includes(token));
  assert.deepEqual(manager.store.memberships.groupsOf(JSON.parse(machine.out).id), ["web"]);
  assert.deepEqual(machine.identity.load().groups, ["web"], "those of the token");
});

Deno.test("register takes an enrolment token from AGENT_ENROLLMENT_TOKEN when it names no user", async () => {
  using machine = new Machine();
  const server = accepting();
  machine.env.AGENT_ENROLLMENT_TOKEN = "enr_1_secret";
  await machine.register(server.fetch, "--url", URL, "--name", "web-1");
  const [asked] = server.requests;
  assert.equal(asked?.headers.get("authorization"), "Bearer enr_1_secret");
  machine.env.AGENT_ENROLLMENT_TOKEN = "two words";
  const wrong = machine.register(server.fetch, "--url", URL, "--name", "web-1", "--force");
  assert.match((await failure(wrong)).message, /AGENT_ENROLLMENT_TOKEN/);
});

Deno.test("register tells whose token is refused to have a new one made", async () => {
  using machine = new Machine();
  machine.env.AGENT_ENROLLMENT_TOKEN = "enr_1_secret";
  const { fetch } = serverWith(() => Response.json({ message: "used up" }, { status: 403 }));
  const error = await failure(machine.register(fetch, "--url", URL, "--name", "web-1"));
  assert.match(error.hint ?? "", /enrolment token; have a new one made/);
});

Deno.test("register keeps the groups that it asked for when the answer names none that can be ones", async () => {
  for (const groups of [undefined, "web", ["../x"], [1], Array(200).fill("g")]) {
    using machine = new Machine();
    const { fetch } = serverWith(() => Response.json({ data: { groups } }, { status: 201 }));
    await machine.registerAs(fetch, "--password", "hunter2", "--groups", "db");
    assert.deepEqual(machine.identity.load().groups, ["db"], JSON.stringify(groups));
  }
});

Deno.test("register makes no folder when what it registers with cannot be read", async () => {
  using machine = new Machine();
  const { fetch } = accepting();
  const missing = join(machine.root, "missing");
  await failure(machine.registerAs(fetch, "--password-file", missing));
  await failure(machine.register(fetch, "--url", URL, "--token-file", missing));
  assert.deepEqual([...Deno.readDirSync(machine.root)].map(({ name }) => name), ["agent.yaml"]);
});

Deno.test("register says what is wrong with a token file, and never what is in it", async () => {
  using machine = new Machine();
  const file = join(machine.root, "enrollment.token");
  const { fetch } = serverWith(() => Response.json({}, { status: 201 }));
  const args = ["--url", URL, "--name", "web-1", "--token-file", file];
  const usage = (message: RegExp) => (error: unknown) =>
    error instanceof AgentError && error.code === "usage" && message.test(error.message) &&
    !error.message.includes("secret");
  await assert.rejects(machine.register(fetch, ...args), usage(/^Cannot read token file/));
  for (const text of ["", "\n", "secret of two words\n"]) {
    Deno.writeTextFileSync(file, text);
    await assert.rejects(machine.register(fetch, ...args), usage(/its first line is no token$/));
  }
  await assert.rejects(
    machine.register(fetch, ...args, "--user", "wazuh"),
    usage(/together with a user or a password/),
  );
  await assert.rejects(
    machine.register(fetch, "--url", URL, "--name", "web-1"),
    usage(/without --user or --token-file/),
  );
});

Deno.test("agent register says with which command the agent runs, with its configuration", async () => {
  using machine = new Machine();
  await machine.registerAs(accepting().fetch, "--password", "hunter2");
  assert.ok(machine.out.endsWith(`\nNext: agent run --config ${machine.root}/agent.yaml\n`));
});

Deno.test("agent register --write-config writes the server and whom to trust, and keeps what else is there", async () => {
  using machine = new Machine();
  const file = join(machine.root, "agent.yaml");
  const before = "# mine\nagent:\n  # here\n  retry_interval: 2s\nlog: { level: debug }\n";
  Deno.writeTextFileSync(file, before);
  const ca = join(machine.root, "ca.pem");
  Deno.writeTextFileSync(ca, (await createTestAuthority()).cert);
  await machine.registerAs(
    ...[accepting().fetch, "--password", "hunter2", "--write-config", "--ca-cert", ca] as const,
  );
  assert.match(machine.out, /^Wrote agent\.server_url and agent\.ca_cert into .*agent\.yaml$/m);
  assert.equal(
    Deno.readTextFileSync(file),
    `# mine\nagent:\n  server_url: https://manager:27000\n  ca_cert: ${ca}\n` +
      "  # here\n  retry_interval: 2s\nlog: { level: debug }\n",
  );
});

Deno.test("agent register --write-config leaves a server alone that the configuration names, unless another is given", async () => {
  using machine = new Machine();
  const file = join(machine.root, "agent.yaml");
  Deno.writeTextFileSync(file, "agent.server_url: https://comms:443\n");
  const usual = ["--password", "hunter2", "--write-config", "--force"];
  await machine.registerAs(accepting().fetch, ...usual);
  assert.equal(Deno.readTextFileSync(file), "agent.server_url: https://comms:443\n");
  await machine.registerAs(accepting().fetch, ...usual, "--server-url", "https://other:27000");
  assert.equal(Deno.readTextFileSync(file), "agent.server_url: https://other:27000\n");
});

Deno.test("agent register --write-config leaves the file as it was when the server refuses", async () => {
  using machine = new Machine();
  const refusing = serverWith(() => Response.json({ message: "no" }, { status: 403 }));
  await failure(machine.registerAs(refusing.fetch, "--password", "hunter2", "--write-config"));
  assert.equal(Deno.readTextFileSync(join(machine.root, "agent.yaml")), "{}\n");
});

Deno.test("agent register refuses groups that set-group would refuse, before the server is asked", async () => {
  using machine = new Machine();
  for (const groups of [".hidden", "a/b", "web,web", ",,", "x".repeat(129)]) {
    const server = accepting();
    const error = await failure(
      machine.registerAs(server.fetch, "--password", "hunter2", "--groups", groups),
    );
    assert.equal(exitStatus(error), 2, groups);
    assert.equal(server.requests.length, 0);
  }
});

Deno.test("agent register --force takes the place of what this machine was at the same server", async () => {
  using machine = new Machine();
  await using manager = await openManager({ user: "wazuh", password: "hunter2" });
  const fetch = inProcessFetch(manager.apps);
  const args = ["--password", "hunter2", "--force"];
  await machine.registerAs(fetch, ...args);
  const old = machine.identity.load();
  await machine.registerAs(fetch, ...args);
  assert.notEqual(machine.identity.load().id, old.id);
  assert.equal(manager.store.agents.has(old.id), false);
  assert.equal(manager.store.agents.count(), 1);
});

Deno.test("agent register --force tells the old key to no other server, and nobody of a machine that this one copies", async () => {
  using machine = new Machine();
  await machine.registerAs(accepting().fetch, "--password", "hunter2");
  const elsewhere = accepting();
  const args = ["--password", "hunter2", "--force"];
  await machine.registerAs(elsewhere.fetch, ...args, "--url", "https://other:55000");
  const body = await elsewhere.requests.at(-1)?.json();
  assert.equal(body.replaces, undefined);
  const identity = { ...machine.identity.load(), management_url: URL, machine: "0".repeat(64) };
  machine.identity.save(identity);
  const server = accepting();
  await machine.registerAs(server.fetch, ...args);
  // A machine without an id cannot be told from its copies.
  const hasId = machine.identity.load().machine !== undefined;
  assert.equal((await registrations(server))[0]?.replaces === undefined, hasId);
});

Deno.test("agent register --force says what to do at a server that does not replace agents", async () => {
  using machine = new Machine();
  await machine.registerAs(accepting().fetch, "--password", "hunter2");
  const { id, key } = machine.identity.load();
  // It takes no member that it does not know.
  let asked = 0;
  const strict = serverWith(() =>
    asked++ === 0
      ? Response.json({ message: "unknown member" }, { status: 400 })
      : Response.json({ message: "name is taken" }, { status: 409 })
  );
  const error = await failure(
    machine.registerAs(strict.fetch, "--password", "hunter2", "--force"),
  );
  assert.match(error.hint ?? "", new RegExp(`remove agent ${id} there`));
  const [first, second] = await registrations(strict);
  assert.deepEqual([first?.replaces, second?.replaces], [{ id, key }, undefined]);
  assert.equal(machine.identity.load().id, id);
});

Deno.test("agent register --unless-registered asks nobody when there is an identity", async () => {
  using machine = new Machine();
  const args = ["--password", "hunter2", "--unless-registered"];
  await machine.registerAs(accepting().fetch, ...args);
  const { id } = machine.identity.load();
  const again = accepting();
  await machine.registerAs(again.fetch, ...args);
  assert.equal(machine.out, "Registered already\n");
  assert.equal(again.requests.length, 0);
  assert.equal(machine.identity.load().id, id);
});
