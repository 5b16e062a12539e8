import assert from "node:assert/strict";
import { RELEASE, signedBy } from "../../shared/releases/support.ts";
import { content, KEY, sha256 } from "../releases_scene.ts";
import { contract, type Scene } from "./contract.ts";

async function* chunksOf(bytes: Uint8Array, size = 1_000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) {
    yield await Promise.resolve(bytes.subarray(at, at + size));
  }
}

async function read({ releases }: Scene, name: string): Promise<Uint8Array | undefined> {
  const file = await releases.kept.find(name);
  return file === undefined ? undefined : await Deno.readFile(file.path);
}

contract("releases: what was put is found, with its hash", async (scene) => {
  const bytes = content(300_000);
  const put = await scene.releases.kept.put("agent-1", chunksOf(bytes), bytes.length);
  assert.deepEqual(put, { name: "agent-1", bytes: 300_000, sha256: sha256(bytes) });
  assert.deepEqual(await read(scene, "agent-1"), bytes);
});

contract("releases: a file that is put again takes the place of the first", async (scene) => {
  for (const length of [200_000, 5, 150_000]) {
    await scene.releases.kept.put("agent-1", chunksOf(content(length)));
    assert.deepEqual(await read(scene, "agent-1"), content(length));
  }
});

contract("releases: what is taken away is there no more, and says so", async (scene) => {
  const { kept } = scene.releases;
  await kept.put("agent-1", chunksOf(content(10)));
  assert.equal(await kept.remove("agent-1"), true);
  assert.equal(await kept.find("agent-1"), undefined);
  assert.equal(await kept.remove("agent-1"), false);
});

contract("releases: of what is refused nothing is there", async (scene) => {
  const { kept } = scene.releases;
  const refused = async (kind: string, name: string, bytes: Uint8Array) => {
    await assert.rejects(kept.put(name, chunksOf(bytes)), { name: "ReleaseProblem", kind });
  };
  await refused("too_large", "agent-1", content(1_048_577));
  await refused("empty", "agent-1", content(0));
  await refused("wrong_manifest", "agent.json", content(10));
  await refused("wrong_name", "../agent", content(10));
  await assert.rejects(kept.put("agent-1", cut()), { message: "cut" });
  assert.equal(await kept.find("agent-1"), undefined);
  assert.deepEqual(Array.from(Deno.readDirSync(scene.folder + "/releases"), String), []);
});

async function* cut(): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(content(1_000));
  throw new Error("cut");
}

contract("releases: a manifest is offered once its file is there", async (scene) => {
  const { kept, manifests } = scene.releases;
  const bytes = content(1_000);
  const targets = { "linux-x86_64": { name: "agent-1", size: 1_000, sha256: sha256(bytes) } };
  const text = signedBy([KEY], { ...RELEASE, targets });
  await kept.put("agent-1.json", chunksOf(new TextEncoder().encode(text)));
  const question = { platform: "linux-x86_64", version: "1.3.0" };
  assert.equal(manifests.releaseFor(question, 0), undefined);
  await kept.put("agent-1", chunksOf(bytes));
  assert.equal(manifests.releaseFor(question, 0)?.text, text);
});
