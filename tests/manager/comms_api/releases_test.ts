import assert from "node:assert/strict";
import { assertRefused } from "../harness.ts";
import { content, releaseOf, ReleasesScene, sha256 } from "../releases_scene.ts";

const BYTES = content(200_000);
const ETAG = `"${sha256(BYTES)}"`;

async function withFile(
  run: (scene: ReleasesScene) => Promise<void>,
  options: Parameters<typeof ReleasesScene.open>[0] = {},
): Promise<void> {
  await using scene = await ReleasesScene.open(options);
  assert.equal((await scene.put("agent", BYTES)).status, 200);
  await run(scene);
}

/** Nothing is open and no slot taken once the downloads are over. */
function assertIdle({ test: { manager } }: ReleasesScene): void {
  assert.equal(manager.releases?.slots.count, 0);
  assert.equal(manager.releases?.files.count, 0);
}

Deno.test("a file is downloaded whole, with its hash as its tag", () =>
  withFile(async (scene) => {
    const answer = await scene.download("agent");
    assert.equal(answer.status, 200);
    const names = ["ETag", "Content-Length", "Accept-Ranges", "Content-Type"];
    assert.deepEqual(names.map((name) => answer.headers.get(name)), [
      ETAG,
      "200000",
      "bytes",
      "application/octet-stream",
    ]);
    assert.deepEqual(await answer.bytes(), BYTES);
    assertIdle(scene);
  }));

Deno.test("a download goes on where it was cut, as long as the file is the same", () =>
  withFile(async (scene) => {
    for (
      const [range, start, end] of [
        ["bytes=150000-", 150_000, 200_000],
        ["bytes=0-0", 0, 1],
        ["bytes=199999-999999", 199_999, 200_000],
        ["bytes=-5", 199_995, 200_000],
        ["bytes=-999999", 0, 200_000],
      ] as const
    ) {
      const answer = await scene.download("agent", { "Range": range, "If-Range": ETAG });
      assert.equal(answer.status, 206, range);
      const said = `bytes ${start}-${end - 1}/200000`;
      assert.equal(answer.headers.get("Content-Range"), said);
      assert.equal(answer.headers.get("Content-Length"), String(end - start));
      assert.deepEqual(await answer.bytes(), BYTES.subarray(start, end));
    }
    const headers = { "Range": "bytes=150000-", "If-Range": '"other"' };
    const changed = await scene.download("agent", headers);
    assert.equal(changed.status, 200);
    assert.deepEqual(await changed.bytes(), BYTES);
    assertIdle(scene);
  }));

Deno.test("ranges that are none, or several, bring the whole file; those behind its end nothing", () =>
  withFile(async (scene) => {
    const nonsense = ["bytes=", "bytes=-", "bytes=5-2", "bytes=1e3-", "lines=0-1", "bytes=a-b"];
    const several = `bytes=${Array(1_000).fill("0-").join(",")}`;
    for (const range of [...nonsense, several, "bytes=0-1,5-6", `bytes=${"9".repeat(16)}-`]) {
      const answer = await scene.download("agent", { Range: range });
      assert.deepEqual([answer.status, (await answer.bytes()).length], [200, 200_000], range);
    }
    for (const range of ["bytes=200000-", "bytes=999999999999999-", "bytes=-0"]) {
      const answer = await scene.download("agent", { Range: range });
      assert.equal(answer.headers.get("Content-Range"), "bytes */200000");
      await assertRefused(answer, 416, "The file has 200000 bytes, and none from there on");
    }
    assertIdle(scene);
  }));

Deno.test("who has the file already, or asks for its head only, is sent no body", () =>
  withFile(async (scene) => {
    const known = await scene.download("agent", { "If-None-Match": ETAG });
    assert.deepEqual([known.status, await known.text()], [304, ""]);
    const head = await scene.download("agent", {}, { method: "HEAD" });
    assert.deepEqual([head.status, await head.text()], [200, ""]);
    assert.equal(head.headers.get("Content-Length"), "200000");
    assertIdle(scene);
  }));

Deno.test("what is no file of the folder itself is not there", async () => {
  await using scene = await ReleasesScene.open();
  await Deno.writeTextFile(`${scene.folder}/../secret`, "secret");
  await Deno.mkdir(`${scene.folder}/folder`);
  for (const name of ["agent", "folder"]) {
    await assertRefused(await scene.download(name), 404, `No file "${name}"`);
  }
  for (const name of ["../secret", "..%2fsecret", "/etc/passwd", "", ".partial-1", "a\0"]) {
    await assertRefused(await scene.download(name), 400, /is not a file name/);
  }
  const twice = await scene.test.get("/api/v1/download?name=a&name=b");
  await assertRefused(twice, 400, "name is given more than once");
});

Deno.test({
  name: "a link in the folder leads nowhere",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using scene = await ReleasesScene.open();
    await Deno.writeTextFile(`${scene.folder}/../secret`, "secret");
    await Deno.symlink("../secret", `${scene.folder}/link`);
    await assertRefused(await scene.download("link"), 404, 'No file "link"');
    const remove = await scene.manage("/manager/releases/link", { method: "DELETE" });
    await assertRefused(remove, 404, 'No file "link"');
    // Put in its place, never through it.
    await scene.put("link", "mine");
    assert.equal(await Deno.readTextFile(`${scene.folder}/../secret`), "secret");
    assert.equal(await (await scene.download("link")).text(), "mine");
  },
});

Deno.test("a file that is put anew meanwhile is not mixed with the one before", () =>
  withFile(async (scene) => {
    const first = await scene.download("agent");
    const other = BYTES.map((byte) => byte ^ 1);
    await scene.put("agent", other);
    const second = await scene.download("agent");
    assert.equal(scene.test.manager.releases?.files.count, 2);
    assert.deepEqual(await second.bytes(), other);
    assert.deepEqual(await first.bytes(), BYTES);
    assert.equal(second.headers.get("ETag"), `"${sha256(other)}"`);
    const resumed = { "Range": "bytes=5-", "If-Range": ETAG };
    const answer = await scene.download("agent", resumed);
    assert.deepEqual([answer.status, await answer.bytes()], [200, other]);
    assertIdle(scene);
  }));

Deno.test("a file that is written into or cut off on the disk has another tag, or breaks off", () =>
  withFile(async (scene) => {
    const first = await scene.download("agent");
    await Deno.writeFile(`${scene.folder}/agent`, content(10));
    await assert.rejects(first.bytes(), /shorter than it was/);
    const second = await scene.download("agent");
    assert.equal(second.headers.get("ETag"), `"${sha256(content(10))}"`);
    await second.body?.cancel();
    assertIdle(scene);
  }));

Deno.test("a thousand downloads share one open file", () =>
  withFile(async (scene) => {
    const { manager } = scene.test;
    const found = manager.releases?.folder.find("agent");
    assert.ok(found !== undefined);
    const opened = await Promise.all(
      Array.from({ length: 1_000 }, () => manager.releases?.files.open(found)),
    );
    assert.equal(manager.releases?.files.count, 1);
    for (const [index, file] of opened.entries()) {
      assert.deepEqual(file?.read(index * 7, 3), BYTES.slice(index * 7, index * 7 + 3));
      file?.[Symbol.dispose]();
    }
    assertIdle(scene);
  }));

Deno.test("an agent has two downloads at a time, all agents as many as allowed", () =>
  withFile(async (scene) => {
    const open = [await scene.download("agent"), await scene.download("agent")];
    const third = await scene.download("agent");
    assert.equal(third.headers.get("Retry-After"), "10");
    await assertRefused(third, 429, "This agent downloads already");
    await scene.test.enrol("other");
    const own = await scene.download("agent");
    const full = await scene.download("agent");
    assert.match(full.headers.get("Retry-After") ?? "", /^\d+$/);
    await assertRefused(full, 503, "Too many agents download, come again later");
    await open[0]?.body?.cancel();
    const next = await scene.download("agent");
    assert.equal(next.status, 200);
    for (const answer of [open[1], own, next]) await answer?.body?.cancel();
    assertIdle(scene);
  }, { maxDownloads: 3 }));

Deno.test("a download that takes nothing for a while makes room for others", () =>
  withFile(async (scene) => {
    const stuck = await scene.download("agent");
    await scene.test.enrol("other");
    assert.equal((await scene.download("agent")).status, 503);
    await scene.test.clock.advance(30_000);
    const next = await scene.download("agent");
    assert.deepEqual(await next.bytes(), BYTES);
    await assert.rejects(stuck.bytes(), /stood still/);
    assertIdle(scene);
  }, { maxDownloads: 1 }));

Deno.test("faults: a download breaks off, brings wrong bytes, or knows no ranges", async () => {
  const run = async (fault: string, check: (scene: ReleasesScene) => Promise<void>) =>
    await withFile(check, { faults: [`download:${fault}:times=1`] });
  await run("cut-body:at=1000", async (scene) => {
    const cut = (await scene.download("agent")).body?.getReader();
    assert.deepEqual((await cut?.read())?.value, BYTES.subarray(0, 1_000));
    await assert.rejects(async () => await cut?.read(), /Injected cut/);
    assert.deepEqual(await (await scene.download("agent")).bytes(), BYTES);
    assertIdle(scene);
  });
  await run("wrong-bytes", async (scene) => {
    const wrong = await (await scene.download("agent")).bytes();
    const changed = [...wrong.keys()].filter((index) => wrong[index] !== BYTES[index]);
    assert.deepEqual(changed, [100_000]);
  });
  await run("no-range", async (scene) => {
    const whole = await scene.download("agent", { Range: "bytes=5-" });
    assert.deepEqual([whole.status, await whole.bytes()], [200, BYTES]);
  });
});

async function offered(scene: ReleasesScene, query: string): Promise<number | string> {
  const answer = await scene.test.get(`/api/v1/upgrade?${query}`);
  if (answer.status !== 200) return answer.status;
  return JSON.parse(await answer.text()).signed.version;
}

Deno.test("an agent is offered the highest release that it may have, byte by byte as it was put", () =>
  withFile(async (scene) => {
    const ask = (query: string) => offered(scene, `platform=linux-x86_64&${query}`);
    assert.equal(await ask("version=1.3.0"), 204);
    await scene.putManifest("a.json", releaseOf("agent", BYTES));
    assert.equal(await ask("version=1.3.0"), "1.4.0");
    assert.equal(await ask("version=1.4.0"), 204);
    assert.equal(await ask("version=1.1.0"), 204);
    assert.equal(await offered(scene, "platform=windows-x86_64&version=1.3.0"), 204);
    const newer = { version: "1.5.0", release: 38 };
    await scene.putManifest("b.json", releaseOf("agent", BYTES, newer));
    assert.equal(await ask("version=1.3.0"), "1.5.0");
    assert.equal(await ask("version=1.3.0&wanted=1.4.0"), "1.4.0");
    assert.equal(await ask("version=1.3.0&wanted=1.6.0"), 204);
    const answer = await scene.test.get("/api/v1/upgrade?platform=linux-x86_64&version=1.3.0");
    assert.equal(await answer.text(), await Deno.readTextFile(`${scene.folder}/b.json`));
  }));

Deno.test("releases that expired, or whose file is missing or of another size, are not offered", () =>
  withFile(async (scene) => {
    const ask = () => offered(scene, "platform=linux-x86_64&version=1.3.0");
    await scene.putManifest("a.json", releaseOf("missing", BYTES));
    assert.equal(await ask(), 204);
    await scene.putManifest("a.json", releaseOf("agent", BYTES.subarray(1)));
    assert.equal(await ask(), 204);
    await scene.putManifest(
      "a.json",
      releaseOf("agent", BYTES, { expires: "2025-01-01T00:00:00Z" }),
    );
    assert.equal(await ask(), 204);
    // What somebody copied there by hand, and is no manifest, is none.
    await Deno.writeTextFile(`${scene.folder}/a.json`, '{"signed":');
    assert.equal(await ask(), 204);
    await scene.putManifest("a.json", releaseOf("agent", BYTES));
    assert.equal(await ask(), "1.4.0");
  }));

Deno.test("a question for a release that is none is refused", async () => {
  await using scene = await ReleasesScene.open();
  const cases: [string, RegExp][] = [
    ["", /^platform is needed/],
    ["platform=linux-x86_64", /^version is not a version/],
    ["platform=linux-x86_64&version=new", /^version is not a version/],
    ["platform=linux-x86_64&version=1.2.3&wanted=new", /^wanted is not a version/],
    ["platform=a&platform=b&version=1.2.3", /^platform is given more than once/],
  ];
  for (const [query, message] of cases) {
    await assertRefused(await scene.test.get(`/api/v1/upgrade?${query}`), 400, message);
  }
  const more = "platform=linux-x86_64&version=1.2.3&more=1&__proto__=2";
  assert.equal((await scene.test.get(`/api/v1/upgrade?${more}`)).status, 204);
  const anonymous = await scene.test.fetch("http://manager/api/v1/download?name=a");
  assert.equal(anonymous.status, 401);
});
