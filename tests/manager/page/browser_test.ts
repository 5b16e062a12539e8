import assert from "node:assert/strict";
import { CHROMIUM, type StepResult } from "./browser/chromium.ts";

/** The results of the walk, as they come. */
async function* results(executablePath: string): AsyncGenerator<StepResult> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "-A", "tests/manager/page/browser/walk.ts", executablePath],
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

if (CHROMIUM === undefined) {
  Deno.test("page in a browser: NOT TRIED, there is no Chromium (apt-get install chromium)", () => {
    console.error("The page was NOT tried in a browser: apt-get install chromium");
  });
} else {
  Deno.test("page in Chromium", async (t) => {
    let steps = 0;
    for await (const { name, problem, said } of results(CHROMIUM ?? "")) {
      steps++;
      await t.step(name, () => {
        assert.equal(problem, undefined, said.join("\n"));
      });
    }
    assert.equal(steps, 12);
  });
}
