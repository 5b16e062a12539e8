/** A real agent and a real manager, both killed: what the manager shows is what the folder holds. */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { eventually } from "../../support/eventually.ts";
import { OrderDesk } from "../../support/order_desk.ts";
import { TempFolder } from "../../support/queues.ts";
import { randomFrom } from "../../support/random.ts";
import { AgentSide, OwnServer } from "../../support/scene.ts";

const SCRIPT = fileURLToPath(new URL("./support/listing_agent.ts", import.meta.url));

type Files = Record<string, string>;

/** An agent with the module `listing`. */
class ListingAgent implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;

  constructor(configPath: string) {
    this.#process = new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "--no-check", "-A", SCRIPT, configPath],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
  }

  async end(signal: Deno.Signal): Promise<void> {
    this.#process.kill(signal);
    await this.#process.status;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.end("SIGKILL");
    } catch {
      // It has ended already.
    }
  }
}

function filesIn(folder: TempFolder): Files {
  const names = Array.from(Deno.readDirSync(folder.path), ({ name }) => name).sort();
  return Object.fromEntries(names.map((name) => [name, Deno.readTextFileSync(folder.file(name))]));
}

function change(folder: TempFolder, random: () => number): void {
  for (let count = 0; count < 30; count++) {
    const path = folder.file(`f${Math.floor(random() * 60)}`);
    if (random() < 0.6) Deno.writeTextFileSync(path, String(Math.floor(random() * 1_000)));
    else removeIfThere(path);
  }
}

function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

Deno.test("after kills of agent and manager, an outage, a change of mind and another identity the manager shows what there is", async () => {
  using folder = new TempFolder();
  using watched = new TempFolder();
  await using server = await OwnServer.start(folder);
  const options = (
    enabled: boolean,
  ) => [`listing: { enabled: ${enabled}, folder: ${watched.path} }`];
  const side = new AgentSide(folder, server);
  let { id } = await side.register();
  side.configure(options(true));
  const random = randomFrom(14);
  const shown = async (): Promise<Files> => {
    using desk = await OrderDesk.open(server);
    const documents = await desk.documents(id, "listing") as { file: Record<string, string> }[];
    const files = documents.map(({ file }) => [file.name ?? "", file.content ?? ""] as const);
    return Object.fromEntries(files.sort(([one], [other]) => one < other ? -1 : 1));
  };
  const isSame = (files: Files) => JSON.stringify(files) === JSON.stringify(filesIn(watched));
  for (let life = 0; life < 4; life++) {
    await using agent = new ListingAgent(side.configPath);
    const before = JSON.stringify(await shown());
    change(watched, random);
    await eventually(shown, (files) => JSON.stringify(files) !== before);
    change(watched, random);
    await agent.end("SIGKILL");
    change(watched, random);
  }
  {
    await using agent = new ListingAgent(side.configPath);
    await eventually(shown, isSame);
    await server.goAway();
    change(watched, random);
    await agent.end("SIGKILL");
  }
  {
    await using agent = new ListingAgent(side.configPath);
    change(watched, random);
    await server.comeBack();
    assert.deepEqual(await eventually(shown, isSame), filesIn(watched));
    await agent.end("SIGTERM");
  }
  side.configure(options(false));
  {
    await using agent = new ListingAgent(side.configPath);
    assert.deepEqual(await eventually(shown, (files) => Object.keys(files).length === 0), {});
    await agent.end("SIGTERM");
  }
  // The command knows the modules of the registry only.
  side.configure();
  id = (await side.register("--force", "--name", "again")).id;
  side.configure(options(true));
  await using agent = new ListingAgent(side.configPath);
  assert.deepEqual(await eventually(shown, isSame), filesIn(watched));
  await agent.end("SIGTERM");
});
