import assert from "node:assert/strict";
import { assertRefused, TestManager } from "../harness.ts";

async function withFiles(run: (test: TestManager, folder: string) => Promise<void>): Promise<void> {
  const dataFolder = await Deno.makeTempDir();
  {
    await using test = await TestManager.open({ dataFolder });
    await run(test, dataFolder);
  }
  await Deno.remove(dataFolder, { recursive: true });
}

function getFile(test: TestManager, name: string): Promise<Response> {
  return test.get(`/api/v1/files?file_name=${encodeURIComponent(name)}`);
}

Deno.test("files are handed out byte by byte", () =>
  withFiles(async (test, folder) => {
    const content = new Uint8Array([35, 0, 255, 10]);
    await Deno.writeFile(`${folder}/files/web-1.yml`, content);
    const answer = await getFile(test, "web-1.yml");
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get("Content-Type"), "application/octet-stream");
    assert.deepEqual(await answer.bytes(), content);
  }));

Deno.test("files are not sent again to who names their tag, and are once they changed", () =>
  withFiles(async (test, folder) => {
    const path = `${folder}/files/web.yml`;
    await Deno.writeTextFile(path, "# 1\n");
    const first = await getFile(test, "web.yml");
    await first.body?.cancel();
    const etag = first.headers.get("ETag") ?? "";
    assert.match(etag, /^"[A-Za-z0-9_-]{43}"$/);
    const ask = (tags: string) => {
      const headers = { "Authorization": `Bearer ${test.agentToken}`, "If-None-Match": tags };
      return test.get("/api/v1/files?file_name=web.yml", { headers });
    };
    for (const tags of [etag, `W/${etag}`, `"other", ${etag}`, "*"]) {
      const answer = await ask(tags);
      assert.deepEqual([answer.status, await answer.text()], [304, ""], tags);
      assert.equal(answer.headers.get("ETag"), etag);
    }
    assert.equal(await (await ask('"other"')).text(), "# 1\n");
    await Deno.writeTextFile(path, "# 2\n");
    const changed = await ask(etag);
    assert.deepEqual([changed.status, await changed.text()], [200, "# 2\n"]);
    assert.notEqual(changed.headers.get("ETag"), etag);
  }));

Deno.test("files that are not there are 404, also folders", () =>
  withFiles(async (test, folder) => {
    await Deno.mkdir(`${folder}/files/folder.yml`);
    await assertRefused(await getFile(test, "web.yml"), 404, 'No file "web.yml"');
    await assertRefused(await getFile(test, "folder.yml"), 404, 'No file "folder.yml"');
  }));

Deno.test("file names that are paths, hidden or of another kind are refused", () =>
  withFiles(async (test, folder) => {
    await Deno.writeTextFile(`${folder}/secret.yml`, "secret");
    const names = ["../secret.yml", "..%2Fsecret.yml", "/etc/passwd", "a/b.yml", "..\\secret.yml"];
    const others = [
      "C:secret.yml",
      ".yml",
      ".hidden.yml",
      "web.yml\0.yml",
      "web.json",
      "",
      "a\n.yml",
    ];
    for (const name of [...names, ...others]) {
      await assertRefused(await getFile(test, name), 400, /is not a file name such as "web.yml"$/);
    }
    assert.equal((await test.get("/api/v1/files")).status, 400);
  }));

Deno.test({
  name: "files: a symbolic link does not lead out of the folder",
  ignore: Deno.build.os === "windows",
  fn: () =>
    withFiles(async (test, folder) => {
      await Deno.writeTextFile(`${folder}/secret.yml`, "secret");
      await Deno.symlink(`${folder}/secret.yml`, `${folder}/files/link.yml`);
      await assertRefused(await getFile(test, "link.yml"), 404, 'No file "link.yml"');
    }),
});

Deno.test("files: a manager without a data folder has none", async () => {
  await using test = await TestManager.open();
  await assertRefused(await getFile(test, "web.yml"), 404, 'No file "web.yml"');
});

Deno.test("files: a request for two files at once is refused, not half answered", async () => {
  await using test = await TestManager.open();
  const answer = await test.get("/api/v1/files?file_name=a.yml&file_name=b.yml");
  await assertRefused(answer, 400, "file_name is given more than once");
});
