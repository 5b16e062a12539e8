import assert from "node:assert/strict";
import { assertRefused, TestManager } from "../harness.ts";
import { settle } from "../../support/fake_clock.ts";
import { content, KEY, releaseOf, ReleasesScene, sha256 } from "../releases_scene.ts";
import { RELEASE, signedBy, trusted } from "../../shared/releases/support.ts";
import { createPublicKey } from "node:crypto";
import { keyEntry } from "../../../src/shared/releases/key_change.ts";

Deno.test("a file that is put is stored whole under its name, and replaced by the next", async () => {
  await using scene = await ReleasesScene.open();
  for (const bytes of [content(200_000), content(10)]) {
    const answer = await scene.put("agent-1.4.0", bytes);
    const put = { name: "agent-1.4.0", bytes: bytes.length, sha256: sha256(bytes) };
    assert.deepEqual(await answer.json(), { data: put, error: 0 });
    assert.deepEqual(await Deno.readFile(`${scene.folder}/agent-1.4.0`), bytes);
  }
  assert.deepEqual(scene.files(), ["agent-1.4.0"]);
});

Deno.test("names that are paths, hidden or strange are refused, and nothing is stored", async () => {
  await using scene = await ReleasesScene.open();
  const names = [
    "../x",
    ".partial-x",
    "a/b",
    "a\\b",
    "C:x",
    "a\0b",
    "a\n",
    "ä",
    "x".repeat(201),
  ];
  for (const name of names) {
    await assertRefused(await scene.put(name, content(1)), 400, /is not a file name/);
  }
  assert.deepEqual(scene.files(), []);
});

Deno.test("a file that is too large, empty, or breaks off leaves the one before", async () => {
  await using scene = await ReleasesScene.open({ maxReleaseBytes: 100 });
  assert.equal((await scene.put("a", content(100))).status, 200);
  await assertRefused(await scene.put("a", content(101)), 413, '"a" is larger than 100 B');
  await assertRefused(await scene.put("a", new Uint8Array()), 400, '"a" is empty');
  const endless = new ReadableStream({ pull: (to) => to.enqueue(content(10)) });
  await assertRefused(await scene.put("a", endless), 413, '"a" is larger than 100 B');
  const broken = new ReadableStream({
    start: (to) => to.enqueue(content(10)),
    pull: (to) => to.error(new Error("gone")),
  });
  await assertRefused(await scene.put("a", broken), 400, "Body breaks off");
  assert.deepEqual(scene.files(), ["a"]);
  assert.equal((await Deno.readFile(`${scene.folder}/a`)).length, 100);
});

Deno.test("a file that stops coming is given up, one that comes slowly is not", async () => {
  await using scene = await ReleasesScene.open({ bodyTimeoutMs: 1_000 });
  const { clock } = scene.test;
  const feed = new TransformStream<Uint8Array, Uint8Array>();
  const writer = feed.writable.getWriter();
  const answer = scene.put("slow", feed.readable);
  for (let count = 0; count < 3; count++) {
    await writer.write(content(1));
    await clock.advance(999);
  }
  await writer.close();
  assert.equal((await answer).status, 200);
  const stopped = scene.put("stops", new ReadableStream({ start: (to) => to.enqueue(content(1)) }));
  await settle();
  await clock.advance(1_000);
  await assertRefused(await stopped, 408, "The body did not arrive in time");
  assert.deepEqual(scene.files(), ["slow"]);
});

Deno.test("a manifest has to be one; by whom it is signed is not asked", async () => {
  await using scene = await ReleasesScene.open();
  const text = signedBy([]);
  assert.equal((await scene.put("a.json", text)).status, 200);
  await assertRefused(await scene.put("b.json", "{}"), 400, /^"b.json" is no manifest: "sign/);
  await assertRefused(await scene.put("b.json", text.slice(5)), 400, /is not a JSON object$/);
  await assertRefused(await scene.put("b.json", `${text} `), 400, /canonical form of RFC 8785$/);
  await assertRefused(await scene.put("b.json", " ".repeat(300_000)), 413, /larger than 256 KiB/);
  assert.deepEqual(scene.files(), ["a.json"]);
});

Deno.test("what is there is listed with its hash, and a manifest with what it says", async () => {
  await using scene = await ReleasesScene.open();
  const bytes = content(1_000);
  await scene.put("agent-1.4.0", bytes);
  await scene.putManifest("agent-1.4.0.json", releaseOf("agent-1.4.0", bytes));
  await Deno.writeTextFile(`${scene.folder}/.hidden`, "");
  await Deno.mkdir(`${scene.folder}/folder`);
  const { releases } = await (await scene.manage("/manager/releases")).json();
  assert.deepEqual(releases.map(({ name }: { name: string }) => name), [
    "agent-1.4.0",
    "agent-1.4.0.json",
  ]);
  assert.deepEqual([releases[0].bytes, releases[0].sha256], [1_000, sha256(bytes)]);
  assert.match(releases[0].changed_at, /^20\d\d-/);
  assert.deepEqual(releases[1].manifest, {
    type: "agent-release",
    release: 37,
    expires: "2027-02-26T00:00:00Z",
    version: "1.4.0",
    from: ">=1.2.0",
    platforms: ["linux-x86_64"],
    signed_with: trusted(KEY).map(({ id }) => id),
  });
});

Deno.test("a file is taken away once", async () => {
  await using scene = await ReleasesScene.open();
  await scene.put("a", content(1));
  const remove = () => scene.manage("/manager/releases/a", { method: "DELETE" });
  assert.deepEqual(await (await remove()).json(), { data: { name: "a" }, error: 0 });
  await assertRefused(await remove(), 404, 'No file "a"');
  assert.deepEqual(scene.files(), []);
});

Deno.test("releases are for operators, and looked at by readers", async () => {
  const users = [
    { name: "rita", role: "reader" as const, password: "reader's password" },
    { name: "enno", role: "enroller" as const, password: "enroller's password" },
  ];
  await using scene = await ReleasesScene.open({ users });
  const as = async (user: string, method: string, path = "") => {
    const { data } = await (await scene.test.authenticate(user)).json();
    return await scene.test.fetch(`http://manager/manager/releases${path}`, {
      method,
      headers: { Authorization: `Bearer ${data.token}` },
      ...(method === "PUT" && { body: "x" }),
    });
  };
  for (const method of ["PUT", "DELETE"]) {
    assert.equal((await as("rita:reader's password", method, "/a")).status, 403);
  }
  assert.equal((await as("rita:reader's password", "GET")).status, 200);
  assert.equal((await as("enno:enroller's password", "GET")).status, 403);
  const nobody = await scene.test.fetch("http://manager/manager/releases/a", { method: "PUT" });
  assert.equal(nobody.status, 401);
  assert.deepEqual(scene.files(), []);
});

Deno.test("three files at a time are one too many", async () => {
  await using scene = await ReleasesScene.open();
  const feeds = [1, 2].map(() => new TransformStream<Uint8Array, Uint8Array>());
  const puts = feeds.map(({ readable }, index) => scene.put(`f${index}`, readable));
  await settle();
  const third = await scene.put("third", content(1));
  assert.equal(third.headers.get("Retry-After"), "10");
  await assertRefused(third, 503, "Other files are being put, come again later");
  for (const { writable } of feeds) {
    const writer = writable.getWriter();
    await writer.write(content(1));
    await writer.close();
  }
  for (const answer of await Promise.all(puts)) assert.equal(answer.status, 200);
});

Deno.test("what a crash left half written is removed at the next start", async () => {
  const dataFolder = await Deno.makeTempDir();
  await Deno.mkdir(`${dataFolder}/releases`);
  await Deno.writeTextFile(`${dataFolder}/releases/.partial-1`, "half");
  {
    await using _ = await TestManager.open({ dataFolder, agent: false });
    assert.deepEqual([...Deno.readDirSync(`${dataFolder}/releases`)], []);
  }
  await Deno.remove(dataFolder, { recursive: true });
});

Deno.test("a manager without a data folder keeps no releases", async () => {
  await using test = await TestManager.open();
  const headers = { Authorization: `Bearer ${await test.userToken()}` };
  const put = await test.fetch("http://manager/manager/releases/a", {
    method: "PUT",
    headers,
    body: "x",
  });
  await assertRefused(put, 409, /without a data folder$/);
  const list = await test.fetch("http://manager/manager/releases", { headers });
  assert.deepEqual(await list.json(), { releases: [] });
  await assertRefused(await test.get("/api/v1/download?name=a"), 404, 'No file "a"');
});

Deno.test("a manifest of a script or of keys has the name that agents look for", async () => {
  await using scene = await ReleasesScene.open();
  const { issued, expires } = RELEASE;
  const common = { release: 3, issued, expires };
  const script = {
    type: "script" as const,
    ...common,
    name: "b.sh",
    size: 1,
    sha256: "a".repeat(64),
  };
  const keys = {
    type: "agent-keys" as const,
    ...common,
    threshold: 1,
    keys: [keyEntry(createPublicKey(KEY))],
  };
  for (const [signed, name] of [[script, "b.sh.json"], [keys, "agent-keys-3.json"]] as const) {
    const wrong = await scene.putManifest("other.json", signed);
    await assertRefused(wrong, 400, `"other.json" has to be called "${name}"`);
    assert.equal((await scene.putManifest(name, signed)).status, 200);
  }
});

Deno.test("a compressed file is refused: its hash would be another one", async () => {
  await using scene = await ReleasesScene.open();
  const answer = await scene.manage("/manager/releases/a", {
    method: "PUT",
    body: content(1),
    headers: { "Content-Encoding": "gzip" },
  });
  await assertRefused(answer, 415, /^Unsupported content encoding "gzip"/);
});

Deno.test("a manifest nested ten thousand times is refused like any other", async () => {
  await using scene = await ReleasesScene.open();
  for (const text of ["[".repeat(100_000), `${'{"a":'.repeat(20_000)}1${"}".repeat(20_000)}`]) {
    assert.equal((await scene.put("a.json", text)).status, 400);
  }
});
