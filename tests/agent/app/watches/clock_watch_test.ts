import assert from "node:assert/strict";
import { ClockWatch } from "../../../../src/agent/app/watches/clock_watch.ts";
import { configureLog } from "../../../../src/shared/log/log.ts";

Deno.test("ClockWatch says once that the clocks differ, and which way, and once that they agree again", () => {
  const lines: string[] = [];
  const write = (line: string) => void lines.push(line);
  const log = configureLog({ level: "info", format: "json", isTerminal: false, write });
  const watch = new ClockWatch();
  for (const offset of [undefined, 7_200_000, 7_200_010, undefined, -90_000]) watch.observe(offset);
  log.close();
  assert.deepEqual(
    lines.map((line) => JSON.parse(line)).map(({ level, message }) => [level, message]),
    [
      ["warning", "This machine's clock is 2 h 0 min behind the server's"],
      ["info", "This machine's clock and the server's agree again"],
      ["warning", "This machine's clock is 1 min 30 s ahead of the server's"],
    ],
  );
});
