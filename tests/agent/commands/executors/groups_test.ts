import assert from "node:assert/strict";
import { FetchConfigExecutor } from "../../../../src/agent/commands/executors/fetch_config.ts";
import { GroupUpdater } from "../../../../src/agent/commands/executors/group_updater.ts";
import { SetGroupExecutor } from "../../../../src/agent/commands/executors/set_group.ts";
import { checkShared } from "../../../../src/agent/config/load.ts";
import { GroupFiles, reportGroupFiles } from "../../../../src/agent/identity/group_files.ts";
import { GroupTrial } from "../../../../src/agent/identity/group_trial.ts";
import { IdentityFile } from "../../../../src/agent/identity/identity_file.ts";
import { FakeClock, settle } from "../../../support/fake_clock.ts";
import type { CommandResult } from "../../../../src/shared/protocol/commands.ts";
import type { FileOutcome } from "../../../../src/shared/protocol/exchange.ts";

type Answer = FileOutcome | ((signal: AbortSignal) => Promise<FileOutcome>);

function file(text: string): FileOutcome {
  return { kind: "file", bytes: new TextEncoder().encode(text) };
}

/** An agent with the groups of its registration, and a server whose files a test sets. */
class Scene implements Disposable {
  readonly clock = new FakeClock();
  /** What the server answers, by file; a list is answered one by one. */
  readonly server = new Map<string, Answer | Answer[]>();
  readonly asked: string[] = [];
  applied = 0;
  apply = (): Promise<{ needs_restart: string[] }> => Promise.resolve({ needs_restart: [] });
  /** The tags that the files were asked by. */
  readonly tags: (string | undefined)[] = [];
  readonly updater: GroupUpdater;
  ordered = 0;
  readonly setGroup: SetGroupExecutor;
  readonly fetchConfig: FetchConfigExecutor;
  readonly #folder = Deno.makeTempDirSync();
  readonly #stop = new AbortController();

  /** Why a file of the server must not be used. */
  refusal: (name: string) => string | undefined = () => undefined;

  constructor(groups: string[] = []) {
    const identity = new IdentityFile(this.#folder);
    identity.save({
      schema: 1,
      id: "0198c0de-0000-7000-8000-000000000001",
      name: "web-1",
      key: "0123456789abcdefghijABCDEFGHIJxy",
      groups,
      registered_at: "2026-02-19T20:25:46.807Z",
      management_url: "https://manager:55000",
    });
    const updater = new GroupUpdater({
      getFile: (name, signal, etag) => {
        this.tags.push(etag);
        return this.#answer(name, signal);
      },
      store: new GroupFiles(this.#folder, identity),
      ordered: () => void this.ordered++,
      check: (files) => checkShared(files, { env: {}, defaultFile: `${this.#folder}/none.yaml` }),
      applyConfiguration: () => {
        this.applied++;
        return this.apply();
      },
      checkFiles: () => ({ refusal: (file) => this.refusal(file.name), accept: () => {} }),
      createRetryWaits: () => ({ next: (afterMs = 0) => Math.max(1_000, afterMs) }),
      clock: this.clock,
    });
    this.updater = updater;
    this.setGroup = new SetGroupExecutor(updater);
    this.fetchConfig = new FetchConfigExecutor(updater);
  }

  get stored() {
    return new GroupFiles(this.#folder, new IdentityFile(this.#folder)).read();
  }

  /** The folder of the agent. */
  get folder(): string {
    return this.#folder;
  }

  refresh(signal = this.#stop.signal) {
    return this.updater.refresh(signal);
  }

  set(args: unknown, signal = this.#stop.signal): Promise<CommandResult> {
    const { setGroup } = this;
    return setGroup.execute(setGroup.args.parse(args), { document_id: "1", signal });
  }

  fetch(signal = this.#stop.signal): Promise<CommandResult> {
    return this.fetchConfig.execute({}, { document_id: "2", signal });
  }

  /** The message of a failure; nothing may have been stored or put in force by it. */
  async failure(run: () => Promise<CommandResult>): Promise<string> {
    const before = [this.stored, this.applied];
    const result = await run().then(() => "no failure", (error: Error) => error.message);
    assert.deepEqual([this.stored, this.applied], before);
    return result;
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.#folder, { recursive: true });
  }

  #answer(name: string, signal: AbortSignal): Promise<FileOutcome> {
    this.asked.push(name);
    const all = this.server.get(name) ?? { kind: "not_found" };
    const answer = Array.isArray(all) ? all.shift() ?? { kind: "not_found" } : all;
    return typeof answer === "function" ? answer(signal) : Promise.resolve(answer);
  }
}

const SUCCESS = (message: string): CommandResult => ({ code: 0, message });

Deno.test("set-group stores the groups with their files, in order, and puts them in force", async () => {
  using at = new Scene(["old"]);
  at.server.set("web.yml", file("log.level: debug\n")).set("linux.yml", file(""));
  assert.deepEqual(await at.set({ groups: ["web", "linux"] }), SUCCESS("groups: web, linux"));
  assert.deepEqual(at.stored, {
    groups: ["web", "linux"],
    files: [{ name: "web", text: "log.level: debug\n" }, { name: "linux", text: "" }],
  });
  assert.equal(at.applied, 1);
  assert.deepEqual(await at.set({ groups: ["linux"] }), SUCCESS("groups: linux"));
  assert.deepEqual(at.stored, { groups: ["linux"], files: [{ name: "linux", text: "" }] });
});

Deno.test("set-group with an empty list removes all groups, and asks the server for nothing", async () => {
  using at = new Scene(["old"]);
  assert.deepEqual(await at.set([]), SUCCESS("groups: none"));
  assert.deepEqual([at.stored, at.asked, at.applied], [{ groups: [], files: [] }, [], 1]);
});

Deno.test("set-group says what is in force only after a restart", async () => {
  using at = new Scene();
  at.server.set("web.yml", file("queue.max_bytes: 2GiB\n"));
  at.apply = () => Promise.resolve({ needs_restart: ["queue.max_bytes"] });
  assert.deepEqual(
    await at.set({ groups: ["web"] }),
    SUCCESS("groups: web; in force after a restart: queue.max_bytes"),
  );
});

Deno.test("set-group takes a list of names, in both forms, and nothing else", () => {
  using at = new Scene();
  const { args } = at.setGroup;
  assert.deepEqual(args.parse(["web"]), { groups: ["web"] });
  assert.deepEqual(args.parse({ groups: ["a", "A.b-c_1"] }), { groups: ["a", "A.b-c_1"] });
  const wrong: [unknown, string, RegExp][] = [
    [{}, "groups", /^must be a list of at most 128 names/],
    [{ groups: "web" }, "groups", /^must be a list/],
    [{ groups: ["a", 1] }, "groups.1", /^must be 1 to 128 letters/],
    [["../x"], "groups.0", /^must be 1 to 128 letters/],
    [["a/b"], "groups.0", /^must be/],
    [[".a"], "groups.0", /^must be/],
    [[""], "groups.0", /^must be/],
    [["a\n"], "groups.0", /^must be/],
    [["x".repeat(129)], "groups.0", /^must be/],
    [["a", "a"], "groups", /^must not name a group twice$/],
    [Array.from({ length: 129 }, (_, index) => `g${index}`), "groups", /^must be a list/],
    [{ groups: [], force: true }, "", /force/],
  ];
  for (const [value, path, message] of wrong) {
    const issue = args.safeParse(value).error?.issues[0];
    assert.equal(issue?.path.join("."), path, JSON.stringify(value).slice(0, 80));
    assert.match(issue?.message ?? "", message);
  }
});

Deno.test("set-group with a missing or bad file names it and changes nothing", async () => {
  using at = new Scene();
  const good = file("log.level: debug\n");
  at.server.set("web.yml", good);
  await at.set({ groups: ["web"] });
  const bad: [FileOutcome, string][] = [
    [{ kind: "not_found" }, 'Cannot use "bad.yml": the server has no such file'],
    [
      { kind: "give_up", status: 400, reason: "400 bad name" },
      'Cannot use "bad.yml": 400 bad name',
    ],
    [
      { kind: "file", bytes: new Uint8Array([0xff]) },
      'Cannot use "bad.yml": it is not UTF-8 text',
    ],
    [
      { kind: "file", bytes: new Uint8Array(1_048_577).fill(0x23) },
      'Cannot use "bad.yml": it is larger than 1 MiB',
    ],
    [
      file("log: [\n"),
      "Cannot use the group files: group bad.yml:2:1: not valid YAML: Flow sequence in block " +
      "collection must be sufficiently indented and end with a ]",
    ],
    [
      file("agent.server_url: https://evil\n"),
      "Cannot use the group files: group bad.yml:1:19: agent.server_url cannot be set for a " +
      "group, only on the machine itself",
    ],
  ];
  for (const [answer, message] of bad) {
    at.server.set("bad.yml", answer);
    assert.equal(await at.failure(() => at.set({ groups: ["web", "bad"] })), message);
  }
  assert.deepEqual(at.stored.groups, ["web"]);
});

Deno.test("set-group takes a file of 1 MiB, and files of 8 MiB together", async () => {
  using at = new Scene();
  const comment = file("#".repeat(1_048_576));
  const groups = Array.from({ length: 9 }, (_, index) => `g${index}`);
  for (const name of groups) at.server.set(`${name}.yml`, comment);
  assert.equal((await at.set({ groups: groups.slice(1) })).code, 0);
  assert.equal(
    await at.failure(() => at.set({ groups })),
    'Cannot use "g8.yml": the files are together larger than 8 MiB',
  );
});

Deno.test("set-group tries again after a passing fault, as late as the server asks", async () => {
  using at = new Scene();
  at.server.set("web.yml", [
    { kind: "retry", reason: "refused" },
    { kind: "retry", reason: "503", afterMs: 5_000 },
    file(""),
  ]);
  const running = at.set({ groups: ["web"] });
  await at.clock.advance(1_000);
  assert.equal(at.asked.length, 2);
  await at.clock.advance(4_999);
  assert.equal(at.asked.length, 2);
  await at.clock.advance(1);
  assert.deepEqual(await running, SUCCESS("groups: web"));
});

Deno.test("set-group that is aborted while it waits stops at once and changes nothing", async () => {
  using at = new Scene(["old"]);
  at.server.set("web.yml", { kind: "retry", reason: "refused" });
  const timeout = new AbortController();
  const failure = at.failure(() => at.set({ groups: ["web"] }, timeout.signal));
  await settle();
  timeout.abort(new Error("time is up"));
  assert.equal(await failure, "time is up");
  assert.equal(at.clock.nextWakeIn(), undefined);
});

Deno.test("fetch-config gets the files of the groups again, and only a change is put in force", async () => {
  using at = new Scene(["web", "linux"]);
  at.server.set("web.yml", file("log.level: debug\n")).set("linux.yml", file(""));
  assert.deepEqual(await at.fetch(), SUCCESS("groups: web, linux"));
  const before = at.stored;
  assert.deepEqual(await at.fetch(), SUCCESS("unchanged"));
  assert.deepEqual(await at.set(["web", "linux"]), SUCCESS("groups: web, linux; unchanged"));
  assert.deepEqual([at.stored, at.applied], [before, 1]);
  at.server.set("linux.yml", file("events.batch_events: 5\n"));
  assert.deepEqual(await at.fetch(), SUCCESS("groups: web, linux"));
  assert.deepEqual([at.stored.files[1]?.text, at.applied], ["events.batch_events: 5\n", 2]);
});

Deno.test("fetch-config without groups has nothing to do", async () => {
  using at = new Scene();
  assert.deepEqual(await at.fetch(), SUCCESS("unchanged"));
  assert.equal(at.applied, 0);
});

Deno.test("fetch-config asks for no file of a registered group whose name is none", async () => {
  using at = new Scene(["web", "../../etc/x"]);
  assert.match(
    await at.failure(() => at.fetch()),
    /^Group "\.\.\/\.\.\/etc\/x" must be 1 to 128 letters, digits and \._-/,
  );
  assert.deepEqual(at.asked, []);
});

Deno.test("GroupUpdater.update() tries again to put in force what could not be", async () => {
  using at = new Scene();
  at.server.set("web.yml", file(""));
  at.apply = () => Promise.reject(new Error("broken"));
  await assert.rejects(
    at.set(["web"]),
    /The groups are stored, but cannot be put in force before a restart: broken/,
  );
  at.apply = () => Promise.resolve({ needs_restart: [] });
  assert.deepEqual(await at.fetch(), SUCCESS("groups: web"));
  assert.deepEqual([await at.fetch(), at.applied], [SUCCESS("unchanged"), 2]);
});

Deno.test("GroupUpdater.update() does one update after the other, each on what the last one left", async () => {
  using at = new Scene(["old"]);
  const held = Promise.withResolvers<FileOutcome>();
  at.server.set("old.yml", () => held.promise).set("new.yml", file(""));
  const fetching = at.fetch();
  const setting = at.set(["new"]);
  const again = at.fetch();
  await settle();
  assert.deepEqual(at.asked, ["old.yml"]);
  held.resolve(file(""));
  const results = await Promise.all([fetching, setting, again]);
  assert.deepEqual(results.map(({ message }) => message), [
    "groups: old",
    "groups: new",
    "unchanged",
  ]);
  assert.deepEqual(at.stored.groups, ["new"]);
});

Deno.test("GroupUpdater.update() that is aborted while it waits for its turn lets nobody pass", async () => {
  using at = new Scene(["old"]);
  const held = Promise.withResolvers<FileOutcome>();
  at.server.set("old.yml", () => held.promise).set("new.yml", file(""));
  const fetching = at.fetch();
  const timeout = new AbortController();
  const late = assert.rejects(at.set(["late"], timeout.signal), /time is up/);
  const setting = at.set(["new"]);
  timeout.abort(new Error("time is up"));
  await late;
  await settle();
  assert.deepEqual(at.asked, ["old.yml"]);
  held.resolve(file(""));
  await Promise.all([fetching, setting]);
  assert.deepEqual(at.stored.groups, ["new"]);
});

/** An answer with the name that the server has for it. */
function tagged(text: string, etag: string): FileOutcome {
  return { kind: "file", bytes: new TextEncoder().encode(text), etag };
}

Deno.test("GroupUpdater.refresh() gets the files of the registration's groups and puts them in force", async () => {
  using at = new Scene(["web", "plain"]);
  at.server.set("web.yml", file("log.level: debug\n"));
  const update = await at.refresh();
  assert.deepEqual(update, { groups: ["web", "plain"], changed: true, needs_restart: [] });
  const files = [{ name: "web", text: "log.level: debug\n" }];
  assert.deepEqual(at.stored, { groups: ["web", "plain"], files }, "a group may have no file");
  assert.deepEqual([at.applied, at.ordered], [1, 0]);
  assert.equal((await at.refresh())?.changed, false);
  assert.equal(at.applied, 1);
});

Deno.test("GroupUpdater.refresh() names the content that is here, and takes the server's word that it is the same", async () => {
  using at = new Scene(["web"]);
  at.server.set("web.yml", [tagged("# 1\n", '"a"'), { kind: "unchanged" }, tagged("# 2\n", '"b"')]);
  assert.equal((await at.refresh())?.changed, true);
  assert.equal((await at.refresh())?.changed, false);
  assert.equal((await at.refresh())?.changed, true);
  assert.deepEqual(at.tags, [undefined, '"a"', '"a"']);
  assert.deepEqual(at.stored.files, [{ name: "web", text: "# 2\n" }]);
});

Deno.test("GroupUpdater asks for the whole file again when the one that was named is not in force", async () => {
  using at = new Scene(["web"]);
  at.server.set("web.yml", [tagged("nonsense: [", '"bad"'), tagged("# 1\n", '"a"')]);
  await assert.rejects(at.refresh(), /Cannot use the group files: group web\.yml:/);
  await at.refresh();
  assert.deepEqual(at.tags, [undefined, undefined]);
  let refused = true;
  at.refusal = () => refused ? "it is not signed" : undefined;
  at.server.set("web.yml", [{ kind: "unchanged" }, tagged("# 1\n", '"a"')]);
  await assert.rejects(at.refresh(), /it is not signed/);
  refused = false;
  await at.refresh();
  assert.deepEqual(at.tags.slice(2), ['"a"', undefined], "a signature may be another by now");
});

Deno.test("GroupUpdater.refresh() leaves the last good files when a file is gone, wrong or the server away", async () => {
  using at = new Scene(["web"]);
  at.server.set("web.yml", file("log.level: debug\n"));
  await at.refresh();
  const before = at.stored;
  const cases: [FileOutcome, string, RegExp][] = [
    [{ kind: "not_found" }, "failed", /web\.yml.*no such file/],
    [{ kind: "give_up", status: 400, reason: "400 bad name" }, "failed", /web\.yml.*400 bad name/],
    [file("log.level: loud\n"), "config_invalid", /log\.level/],
    [
      { kind: "retry", reason: "503 away" },
      "server_unreachable",
      /Cannot get "web\.yml": 503 away/,
    ],
  ];
  for (const [answer, code, message] of cases) {
    at.server.set("web.yml", answer);
    await assert.rejects(at.refresh(), { code, message });
    assert.deepEqual(at.stored, before);
  }
  assert.equal(at.applied, 1);
});

Deno.test("GroupUpdater.refresh() gives way to an order, which then has the last word", async () => {
  using at = new Scene(["web"]);
  const { promise: asked, resolve } = Promise.withResolvers<void>();
  at.server.set("web.yml", (signal) => {
    resolve();
    return new Promise((_, reject) =>
      signal.addEventListener("abort", () => reject(signal.reason), { once: true })
    );
  });
  const refresh = at.refresh();
  await asked;
  at.server.set("web.yml", file("# ordered\n"));
  assert.deepEqual(await at.fetch(), SUCCESS("groups: web"));
  assert.equal(await refresh, undefined);
  assert.equal(at.ordered, 1);
  assert.deepEqual(at.stored.files, [{ name: "web", text: "# ordered\n" }]);
});

Deno.test("GroupUpdater.refresh() does not put files back in force that the agent was killed with twice; an order does", async () => {
  using at = new Scene(["web"]);
  at.server.set("web.yml", file("# good\n"));
  await at.refresh();
  const { group_files: good } = new IdentityFile(at.folder).load();
  const own = new GroupTrial(at.folder);
  own.observe(0);
  own.observe(60_000);
  at.server.set("web.yml", file("# bad\n"));
  await at.refresh();
  const { group_files: bad } = new IdentityFile(at.folder).load();
  assert.notEqual(bad, good);
  for (const process of [1, 2]) new GroupTrial(at.folder, process).noteStart(bad);
  assert.deepEqual(at.stored.files, [{ name: "web", text: "# good\n" }]);
  await assert.rejects(at.refresh(), /killed twice/);
  assert.deepEqual(at.stored.files, [{ name: "web", text: "# good\n" }]);
  assert.deepEqual(await at.fetch(), SUCCESS("groups: web"));
  assert.deepEqual(at.stored.files, [{ name: "web", text: "# bad\n" }]);
});

Deno.test("GroupFiles.report() says when each file came, and when the server last had the same", async () => {
  using at = new Scene(["web"]);
  at.server.set("web.yml", file("# 1\n"));
  assert.deepEqual(reportGroupFiles(at.folder), { files: [], confirmed_at: null });
  await at.refresh();
  const [came] = reportGroupFiles(at.folder).files;
  assert.deepEqual([came?.group, came?.bytes], ["web", 4]);
  const groups = new GroupFiles(at.folder, new IdentityFile(at.folder));
  groups.confirm(Date.parse("2031-02-03T04:05:06.000Z"));
  const { files, confirmed_at } = reportGroupFiles(at.folder);
  assert.deepEqual([files, confirmed_at], [[came], "2031-02-03T04:05:06.000Z"]);
});
