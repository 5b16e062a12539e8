/**
 * Reads the files in `tests/fixtures/logs` as the recipes of `docs/logs.md` say, and compares the
 * events with those noted beside them. `UPDATE_FIXTURES=1` writes them anew.
 */

import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { parse } from "yaml";
import { logcollector } from "../../../../../src/agent/modules/logcollector/module.ts";
import type { LocalfileOptions } from "../../../../../src/agent/modules/logcollector/formats/source_options.ts";
import { LogFolder, READ_INTERVAL_MS } from "../../support/log_folder.ts";
import type { RecordedEvent } from "../../support/recording_sink.ts";

const FIXTURES = new URL("../../../../fixtures/logs/", import.meta.url);
const RECIPE = /<!-- recipe: ([\w ]+) -->\s*```yaml\n([\s\S]*?)```/g;
const ID = "9f1c".repeat(16);
/** What stands for the stars of a location. */
const PLACES: Record<string, string> = {
  docker: `/var/lib/docker/containers/${ID}/${ID}-json.log`,
  kubernetes: "/var/log/pods/shop_cart-7d4b9_0b5e2f6a-1c1d-4f2e-9a57-5f0c7a1c8d10/cart/0.log",
};

interface Recipe {
  name: string;
  options: LocalfileOptions;
}

const recipes: Recipe[] = [
  ...Deno.readTextFileSync(new URL("../../../../../docs/logs.md", import.meta.url)).matchAll(
    RECIPE,
  ),
].flatMap(([, names = "", yaml = ""]) =>
  names.split(" ").map((name) => ({ name, options: optionsOf(yaml) }))
);

/** Checked as the configuration checks it, defaults filled in. */
function optionsOf(yaml: string): LocalfileOptions {
  const [options] = logcollector.options.localfiles.parse(parse(yaml));
  assert.ok(options);
  return options;
}

/** The events of a recipe's file, without what differs from run to run. */
async function eventsOf({ name, options }: Recipe): Promise<RecordedEvent["data"][]> {
  const path = PLACES[name] ?? unixPath(options.location).replaceAll("*", "x");
  await using folder: LogFolder = new LogFolder({
    startAt: "beginning",
    get localfiles() {
      return [{ ...options, location: folder.file(unixPath(options.location)) }];
    },
  });
  Deno.mkdirSync(dirname(folder.file(path)), { recursive: true });
  const input = Deno.readFileSync(new URL(`${name}/input.log`, FIXTURES));
  folder.append(path, input);
  await folder.start();
  await folder.pass(2 * READ_INTERVAL_MS);
  const text = JSON.stringify(folder.sink.events.map(({ data }) => data));
  return JSON.parse(text.replaceAll(folder.path, "")).map(inLocalTime);
}

/** The old form of syslog has no zone, so what it means depends on the machine. */
function inLocalTime(data: RecordedEvent["data"] & { "@timestamp"?: string }) {
  const isOld = /^(<\d+>)?[A-Z][a-z]{2} [ \d]\d \d\d:/.test(data.event.original);
  const time = data["@timestamp"];
  if (!isOld || time === undefined) return data;
  return { ...data, "@timestamp": `local ${new Date(time).toLocaleString("sv")}` };
}

function unixPath(path: string): string {
  return path.replace(/^C:/, "").replaceAll("\\", "/");
}

Deno.test("each folder of tests/fixtures/logs has a recipe in docs/logs.md, and each recipe its folder", () => {
  const folders = [...Deno.readDirSync(FIXTURES)].map(({ name }) => name);
  assert.deepEqual(folders.toSorted(), recipes.map(({ name }) => name).toSorted());
});

for (const recipe of recipes) {
  Deno.test(`the recipe ${recipe.name} makes the events noted beside its lines`, async () => {
    const events = await eventsOf(recipe);
    const file = new URL(join(recipe.name, "events.ndjson"), FIXTURES);
    const text = events.map((event) => `${JSON.stringify(event)}\n`).join("");
    if (Deno.env.get("UPDATE_FIXTURES")) Deno.writeTextFileSync(file, text);
    const noted = Deno.readTextFileSync(file).trimEnd().split("\n");
    assert.deepEqual(events, noted.map((line) => JSON.parse(line)));
  });
}
