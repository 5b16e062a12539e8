import assert from "node:assert/strict";
import { CLUSTER_PROGRAM } from "../../support/nats_cluster.ts";
import { CHROMIUM, type StepResult } from "./browser/chromium.ts";

/** The results of a walk, as they come. */
async function* results(walk: string, executablePath: string): AsyncGenerator<StepResult> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "-A", `tests/manager/page/browser/${walk}.ts`, executablePath],
    stdout: "piped",
  }).spawn();
  let rest = "";
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) yield JSON.parse(line);
  }
  assert.ok([0, 1].includes((await child.status).code));
}

/** Takes a walk of so many steps. */
async function assertWalks(t: Deno.TestContext, walk: string, expected: number): Promise<void> {
  let steps = 0;
  for await (const { name, problem, said } of results(walk, CHROMIUM ?? "")) {
    steps++;
    await t.step(name, () => {
      assert.equal(problem, undefined, said.join("\n"));
    });
  }
  assert.equal(steps, expected);
}

if (CHROMIUM === undefined) {
  Deno.test("page in a browser: NOT TRIED, there is no Chromium (apt-get install chromium)", () => {
    console.error("The page was NOT tried in a browser: apt-get install chromium");
  });
} else {
  Deno.test("page in Chromium", (t) => assertWalks(t, "walk", 12));
  const reason = CLUSTER_PROGRAM === undefined ? " (skipped: run .ci/nats_server first)" : "";
  Deno.test({
    name: `page in Chromium, of a cluster whose servers are killed${reason}`,
    ignore: CLUSTER_PROGRAM === undefined,
    fn: (t) => assertWalks(t, "cluster_walk", 1),
  });
}
