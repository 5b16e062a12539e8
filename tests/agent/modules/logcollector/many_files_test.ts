import assert from "node:assert/strict";
import { setImmediate as nextTurn } from "node:timers/promises";
import { betweenSteps } from "../../../conservation/support/between_steps.ts";
import { LogFolder, RELOAD_INTERVAL_MS } from "../support/log_folder.ts";

/** A heading that is longer than what may be equal by chance. */
const HEADING = `${"=".repeat(60)}\n`.repeat(6);
/** How much more there is to do for twice as many files; four times if each is compared with each. */
const LINEAR = 2.5;

const CONTENTS: Record<string, (number: number) => string> = {
  "a line of its own": (number) => `line ${number}\n`,
  "the same line": () => "OK\n",
  "the same long heading": () => HEADING,
};

/** Steps in the file system until so many files are read: the names of entries that are listed count as well. */
async function stepsFor(
  count: number,
  { isFirstLook, textOf }: { isFirstLook: boolean; textOf: (number: number) => string },
): Promise<number> {
  await using folder = new LogFolder({ startAt: "beginning" });
  const fill = () => {
    for (let number = 0; number < count; number++) {
      folder.append(`f${number}.log`, textOf(number));
    }
  };
  if (isFirstLook) fill();
  else await folder.start();
  if (!isFirstLook) fill();
  let steps = 0;
  {
    using _ = betweenSteps((call) => steps += call === "readDirSync" ? count : 1);
    if (isFirstLook) await folder.start();
    await folder.pass(2 * RELOAD_INTERVAL_MS);
  }
  const linesEach = textOf(0).split("\n").length - 1;
  assert.equal(folder.sink.lines.length, count * linesEach);
  return steps;
}

for (const isFirstLook of [true, false]) {
  const when = isFirstLook ? "are there at the first look" : "come later";
  for (const [what, textOf] of Object.entries(CONTENTS)) {
    Deno.test(`Logcollector takes twice as many steps for twice as many files that ${when}, each with ${what}`, async () => {
      const few = await stepsFor(40, { isFirstLook, textOf });
      const many = await stepsFor(80, { isFirstLook, textOf });
      assert.ok(many < LINEAR * few, `${few} steps for 40 files, ${many} for 80`);
    });
  }
}

Deno.test("Logcollector gives others turns while it reads one line of each of many files", async () => {
  await using folder = new LogFolder({ startAt: "beginning" });
  for (let number = 0; number < 200; number++) folder.append(`f${number}.log`, "OK\n");
  let opened = 0;
  let turnsWhileReading = 0;
  using _ = betweenSteps((call) => opened += call === "openSync" ? 1 : 0);
  let isOver = false;
  const turns = (async () => {
    for (; !isOver; await nextTurn()) {
      if (opened === 200 && folder.sink.lines.length === 0) turnsWhileReading++;
    }
  })();
  await folder.start();
  isOver = true;
  await turns;
  assert.ok(turnsWhileReading >= 4, `${turnsWhileReading} turns`);
});
