import assert from "node:assert/strict";
import { join } from "node:path";
import { AgentError } from "../../../src/shared/errors.ts";
import { type Identity, IdentityFile } from "../../../src/agent/identity/identity_file.ts";
import { TempFolder } from "../../support/queues.ts";

const IDENTITY: Identity = {
  schema: 1,
  id: "0198c0de-0000-7000-8000-000000000001",
  name: "web-1",
  key: "0123456789abcdefghijABCDEFGHIJxy",
  groups: ["linux"],
  registered_at: "2026-02-19T20:25:46.807Z",
  management_url: "https://manager:55000",
};
const TOKEN = {
  value: "t",
  expires_at: "2026-02-19T20:40:46.000Z",
  life_ms: 900_000,
  server_offset_ms: -12,
};

function assertAgentError(code: string, message: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof AgentError);
    assert.equal(error.code, code);
    assert.match(error.message, message);
    assert.ok(error.hint);
    assert.doesNotMatch(error.message, /0123456789abcdef/);
    return true;
  };
}

Deno.test("IdentityFile.load() gives back what save() stored, for its owner only", () => {
  using folder = new TempFolder();
  const file = new IdentityFile(folder.path);
  assert.equal(file.exists(), false);
  file.save(IDENTITY);
  assert.equal(file.exists(), true);
  assert.deepEqual(new IdentityFile(folder.path).load(), IDENTITY);
  if (Deno.build.os !== "windows") {
    assert.equal((Deno.statSync(file.path).mode ?? 0) & 0o777, 0o600);
  }
  assert.deepEqual([...Deno.readDirSync(folder.path)].map(({ name }) => name), ["identity.json"]);
});

Deno.test("IdentityFile.load() says how to register when there is no file", () => {
  using folder = new TempFolder();
  const load = () => new IdentityFile(folder.path).load();
  assert.throws(load, assertAgentError("not_registered", /^Agent is not registered: no ".*"$/));
});

Deno.test("IdentityFile.load() names the file and what is wrong with it, and never the key", () => {
  using folder = new TempFolder();
  const file = new IdentityFile(folder.path);
  const text = JSON.stringify(IDENTITY);
  const cases: [string, RegExp][] = [
    [text.slice(0, 120), /identity\.json" is damaged: it is not JSON$/],
    ["", /damaged: it is not JSON$/],
    ["[]", /damaged: /],
    [JSON.stringify({ ...IDENTITY, schema: 2 }), /damaged: schema: /],
    [JSON.stringify({ ...IDENTITY, id: 5 }), /damaged: id: /],
    [JSON.stringify({ ...IDENTITY, key: "" }), /damaged: key: /],
    [JSON.stringify({ ...IDENTITY, groups: [1] }), /damaged: groups\.0: /],
  ];
  for (const [damaged, message] of cases) {
    Deno.writeTextFileSync(file.path, damaged);
    assert.throws(() => file.load(), assertAgentError("failed", message));
    assert.equal(file.exists(), true);
  }
});

Deno.test("IdentityFile.load() lets a token go that it can't read, and keeps the identity", () => {
  using folder = new TempFolder();
  const file = new IdentityFile(folder.path);
  Deno.writeTextFileSync(file.path, JSON.stringify({ ...IDENTITY, token: { value: 5 } }));
  const { token, ...identity } = file.load();
  assert.equal(token, undefined);
  assert.deepEqual(identity, IDENTITY);
});

Deno.test("IdentityFile.update() changes what it is given and keeps everything else", () => {
  using folder = new TempFolder();
  const file = new IdentityFile(folder.path);
  const later = { ...IDENTITY, from_a_later_version: { a: [1] } };
  Deno.writeTextFileSync(file.path, JSON.stringify(later));
  file.update({ token: TOKEN });
  assert.deepEqual(file.load(), { ...later, token: TOKEN });
  file.update({ groups: [] });
  assert.deepEqual(file.load(), { ...later, token: TOKEN, groups: [] });
  file.update({ token: undefined });
  assert.deepEqual(file.load(), { ...later, groups: [] });
});

Deno.test("IdentityFile.save() replaces a half-written file of a crash", () => {
  using folder = new TempFolder();
  const file = new IdentityFile(folder.path);
  Deno.writeTextFileSync(`${file.path}.tmp`, '{"schema":1,"id', { mode: 0o666 });
  file.save(IDENTITY);
  assert.deepEqual(file.load(), IDENTITY);
  assert.equal([...Deno.readDirSync(folder.path)].length, 1);
});

Deno.test("IdentityFile.save() leaves the old identity when the new one can't be written", () => {
  using folder = new TempFolder();
  const file = new IdentityFile(folder.path);
  file.save(IDENTITY);
  // A folder in the place of the temporary file can't be removed while something is in it.
  Deno.mkdirSync(join(`${file.path}.tmp`, "in the way"), { recursive: true });
  const save = () => file.save({ ...IDENTITY, name: "other" });
  assert.throws(save, assertAgentError("folder_unusable", /^Cannot write ".*identity\.json"/));
  assert.deepEqual(file.load(), IDENTITY);
});

Deno.test({
  name: "IdentityFile.load() warns when others can read the key",
  ignore: Deno.build.os === "windows",
  fn() {
    using folder = new TempFolder();
    const file = new IdentityFile(folder.path);
    file.save(IDENTITY);
    const warnings: string[] = [];
    file.load((text) => warnings.push(text));
    assert.equal(warnings.length, 0);
    Deno.chmodSync(file.path, 0o640);
    file.load((text) => warnings.push(text));
    assert.equal(warnings.length, 1);
    assert.match(warnings.join(), /identity\.json" holds the agent's key and has mode 0640/);
  },
});
