import assert from "node:assert/strict";
import { assertRefused } from "../harness.ts";
import { Scene } from "../commands/scene.ts";

async function inFolder(run: (scene: Scene, folder: string) => Promise<void>): Promise<void> {
  const dataFolder = await Deno.makeTempDir();
  {
    await using scene = await Scene.open({ dataFolder, maxBodyBytes: 1_000 });
    await run(scene, dataFolder);
  }
  await Deno.remove(dataFolder, { recursive: true });
}

function put(scene: Scene, name: string, body: BodyInit): Promise<Response> {
  const path = `/manager/files/${encodeURIComponent(name)}`;
  return scene.manage(path, { method: "PUT", body, headers: { "Content-Type": "text/yaml" } });
}

function namesIn(folder: string): string[] {
  return [...Deno.readDirSync(`${folder}/files`)].map(({ name }) => name);
}

Deno.test("a file that is put there is handed to agents, and replaced by the next one", () =>
  inFolder(async (scene, folder) => {
    const agent = await scene.agent("one");
    for (const content of ["a: 1\n", "b: 2 # longer\n"]) {
      const answer = await put(scene, "web.yml", content);
      const bytes = content.length;
      assert.deepEqual(await answer.json(), { data: { name: "web.yml", bytes }, error: 0 });
      const file = await agent.get("/api/v1/files?file_name=web.yml");
      assert.equal(await file.text(), content);
    }
    assert.deepEqual(namesIn(folder), ["web.yml"]);
  }));

Deno.test("a file of a wrong name, of too many bytes or without a token is not stored", () =>
  inFolder(async (scene, folder) => {
    for (const name of ["../web.yml", ".web.yml", "web.json", "a/b.yml"]) {
      await assertRefused(await put(scene, name, "a: 1"), 400, /is not a file name/);
    }
    const large = await put(scene, "web.yml", "x".repeat(1_001));
    await assertRefused(large, 413, "Body is larger than 1000 bytes");
    const url = "http://manager/manager/files/web.yml";
    const anonymous = await scene.test.fetch(url, { method: "PUT", body: "a: 1" });
    await assertRefused(anonymous, 401, "No token");
    assert.deepEqual(namesIn(folder), []);
  }));

Deno.test("a manager without a data folder keeps no files", async () => {
  await using scene = await Scene.open();
  await assertRefused(await put(scene, "web.yml", "a: 1"), 409, /without a data folder$/);
});
