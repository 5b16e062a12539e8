/**
 * Places in the messages about a file.
 *
 * @module
 */

import assert from "node:assert/strict";

/** Asserts that every place that a message names in a file lies in its text, and that it names one. */
export function assertPlaces(
  message: string,
  { path, text }: { path: string; text: string },
): void {
  const [, ...problems] = message.split("\n");
  assert.ok(problems.length > 0, message);
  const lines = text.split("\n");
  for (const problem of problems) {
    if (/^ {2}(?:and \d+ more$|environment \w+: )/.test(problem)) continue;
    assert.ok(problem.startsWith(`  ${path}:`), problem);
    const [, line, column] = /^:(\d+):(\d+): /.exec(problem.slice(2 + path.length)) ?? [];
    assert.ok(line !== undefined && column !== undefined, problem);
    assert.ok(Number(line) >= 1 && Number(line) <= lines.length, problem);
    const { length } = lines[Number(line) - 1] ?? "";
    assert.ok(Number(column) >= 1 && Number(column) <= length + 1, problem);
  }
}
