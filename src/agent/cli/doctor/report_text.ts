/**
 * What `agent doctor` found, for people.
 *
 * @module
 */

import type { CheckResult, DoctorReport } from "../../app/doctor/check.ts";
import { pluralize, visible } from "../../../shared/text.ts";

const STATUS_WORDS: Record<CheckResult["status"], string> = {
  ok: "ok",
  warn: "warn",
  fail: "FAIL",
  skip: "skipped",
};
const ID_WIDTH = 30;
const STATUS_WIDTH = 7;

/** One check: a line, and one with the next step when it is not as it should be. */
export function checkText({ id, status, message, try: next, ms }: CheckResult): string {
  const head = `${STATUS_WORDS[status].padEnd(STATUS_WIDTH)}  ${visible(id).padEnd(ID_WIDTH)}`;
  const took = status === "skip" ? "" : `  (${msText(ms)})`;
  const hint = next === null || status === "ok" ? "" : `${" ".repeat(9)}Try: ${visible(next)}\n`;
  return `${head}  ${visible(message)}${took}\n${hint}`;
}

/** The sum of it, and which step over the network took longest. */
export function summaryText({ checks }: DoctorReport): string {
  const count = (status: CheckResult["status"]) =>
    checks.filter((check) => check.status === status).length;
  const [failed, warned, skipped] = [count("fail"), count("warn"), count("skip")];
  const slowest =
    checks.filter(({ group, status }) =>
      (group === "network" || group === "server") && status !== "skip"
    ).toSorted((a, b) => b.ms - a.ms)[0];
  const slow = slowest === undefined
    ? ""
    : `; the slowest step was ${slowest.id} (${msText(slowest.ms)})`;
  return `\n${pluralize(checks.length, "check")}: ${failed} failed, ${
    pluralize(warned, "warning")
  }, ${skipped} skipped${slow}\n`;
}

function msText(ms: number): string {
  return ms < 10 ? `${ms} ms` : `${Math.round(ms)} ms`;
}
