/** Agents that are killed in the middle of scans and of swarms of changes: afterwards the manager shows what there is. */

import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { eventually } from "../support/eventually.ts";
import { OrderDesk } from "../support/order_desk.ts";
import { TempFolder } from "../support/queues.ts";
import { randomFrom } from "../support/random.ts";
import { AgentSide, OwnServer } from "../support/scene.ts";

/** For a longer look: FIM_KILLS=50. */
const KILLS = Number(Deno.env.get("FIM_KILLS") ?? "3");

/** By path: the digest of a file, or what else it is. */
type Tree = Record<string, string>;

function treeOf(folder: string, base = folder): Tree {
  const tree: Tree = { [folder.slice(base.length)]: "dir" };
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) Object.assign(tree, treeOf(path, base));
    else tree[path.slice(base.length)] = hash("sha256", Deno.readFileSync(path));
  }
  return sorted(tree);
}

function sorted(tree: Tree): Tree {
  return Object.fromEntries(Object.entries(tree).sort(([one], [other]) => one < other ? -1 : 1));
}

/** Makes, changes, renames and removes files and folders. */
function change(folder: string, random: () => number): void {
  const pick = (count: number) => Math.floor(random() * count);
  for (let count = 0; count < 150; count++) {
    const directory = `${folder}/d${pick(6)}`;
    const path = `${directory}/f${pick(40)}`;
    const chance = random();
    try {
      if (chance < 0.6) {
        Deno.mkdirSync(directory, { recursive: true });
        Deno.writeTextFileSync(path, String(pick(1_000_000)));
      } else if (chance < 0.75) Deno.removeSync(path);
      else if (chance < 0.9) Deno.renameSync(path, `${folder}/d${pick(6)}/g${pick(40)}`);
      else if (chance < 0.95) Deno.renameSync(directory, `${folder}/e${pick(6)}`);
      else Deno.removeSync(`${folder}/e${pick(6)}`, { recursive: true });
    } catch (error) {
      // What was picked is not there, or something else is.
      if (!(error instanceof Deno.errors.NotFound) && !/not empty|exists/i.test(String(error))) {
        throw error;
      }
    }
  }
}

Deno.test(`after ${KILLS} kills the documents of files at the manager are those of the machine, and so they are after an outage and after the module was off`, async () => {
  if (Deno.build.os === "windows") return;
  using folder = new TempFolder();
  using watched = new TempFolder();
  await using server = await OwnServer.start(folder);
  const side = new AgentSide(folder, server);
  const { id } = await side.register();
  const configure = (enabled: boolean) =>
    side.configure([
      `fim: { enabled: ${enabled}, directories: [${watched.path}], scan_spread: 0s, max_cpu: 100 }`,
    ]);
  configure(true);
  const random = randomFrom(4_14);
  const shown = async (): Promise<Tree> => {
    using desk = await OrderDesk.open(server);
    const documents = await desk.documents(id, "fim") as {
      file: { path: string; type: string; hash: { sha256: string } };
    }[];
    return sorted(Object.fromEntries(
      documents.map(({ file }) => [
        file.path.slice(watched.path.length),
        file.type === "file" ? file.hash.sha256 : file.type,
      ]),
    ));
  };
  const isSame = (tree: Tree) => JSON.stringify(tree) === JSON.stringify(treeOf(watched.path));
  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
  for (let life = 0; life < KILLS; life++) {
    change(watched.path, random);
    await using agent = await side.start();
    await pause(random() * 400);
    change(watched.path, random);
    await pause(random() * 1_500);
    agent.signal("SIGKILL");
    await agent.ended();
  }
  {
    await using agent = await side.start();
    assert.deepEqual(await eventually(shown, isSame), treeOf(watched.path));
    await server.goAway();
    change(watched.path, random);
    await pause(1_500);
    change(watched.path, random);
    agent.signal("SIGKILL");
    await agent.ended();
  }
  await using agent = await side.start();
  await server.comeBack();
  assert.deepEqual(await eventually(shown, isSame), treeOf(watched.path));
  configure(false);
  assert.equal((await side.command("reload")).code, 0);
  assert.deepEqual(await eventually(shown, (tree) => Object.keys(tree).length === 0), {});
  configure(true);
  assert.equal((await side.command("reload")).code, 0);
  assert.deepEqual(await eventually(shown, isSame), treeOf(watched.path));
  assert.equal(await agent.stop(), 0);
});
