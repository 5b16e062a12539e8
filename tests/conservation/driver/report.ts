/**
 * The report of a run, for a person.
 *
 * @module
 */

import type { RunReport } from "./run.ts";
import type { SourceVerdict } from "./verdict.ts";

/** The report as text. */
export function reportText(report: RunReport): string {
  return [
    "",
    `written     ${report.written}`,
    `received    ${report.received}`,
    `doubled     ${report.doubled}`,
    `dead        ${report.dead}`,
    `in ledger   ${report.accounted}`,
    `lost        ${report.lost}`,
    `overstated  ${report.overstated}`,
    "",
    "Struck:",
    ...Object.entries(report.struck).sort().map(([name, times]) => `  ${name.padEnd(28)}${times}`),
    `  ${"agents killed".padEnd(28)}${report.agent_kills}`,
    `  ${"agents started".padEnd(28)}${report.agent_starts}`,
    ...Object.entries(report.missed).map(([name, times]) =>
      `  NOT COUNTED ${name}: ${times} times the moment did not come`
    ),
    ...Object.entries(report.impossible).map(([name, why]) => `  SKIPPED ${name}: ${why}`),
    ...section("Loss ledger", Object.entries(report.ledger).map(ledgerLine)),
    ...section("Not as written", report.sources.filter(isOdd).map(sourceLine)),
    ...section("Problems", report.problems),
    "",
    report.kept ? "Every line is accounted for." : "THE PROMISE WAS BROKEN.",
  ].join("\n");
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ["", `${title}:`, ...lines.map((line) => `  ${line}`)];
}

function ledgerLine(
  [reason, { entries, events, bytes }]: [string, RunReport["ledger"][string]],
): string {
  return `${reason}: ${entries} entries, ${events} events, ${bytes} bytes`;
}

function isOdd({ written, received, doubled, overstated }: SourceVerdict): boolean {
  return written !== received || doubled > 0 || overstated > 0;
}

function sourceLine(source: SourceVerdict): string {
  const { written, received, doubled, dead, ledger, lost, overstated, rotations, examples } =
    source;
  return `${source.source} (${rotations} rotations): written ${written}, received ${received}, ` +
    `doubled ${doubled}, dead ${dead}, ledger ${ledger}, lost ${lost}, overstated ${overstated}` +
    (examples.length === 0 ? "" : `, such as line ${examples.join(", ")}`);
}
