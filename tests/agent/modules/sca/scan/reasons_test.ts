import assert from "node:assert/strict";
import { shownOutcome } from "../../../../../src/agent/modules/sca/scan/reasons.ts";

const LONG = "/proc/sys/net/ipv4/conf/all/accept_redirects";
const DIGEST = "d41d8cd98f00b204e9800998ecf8427e0123";

/** What is shown of something seen. */
function shown(seen: string, isContent: boolean): string {
  const trace = { text: "f:x", line: 1, column: 1, verdict: "not_found" as const, seen, isContent };
  const outcome = { result: "Failed" as const, reason: null, deciding: 0, traces: [trace] };
  return shownOutcome(outcome, { isRemote: false }).traces[0]?.seen ?? "";
}

const SEEN: readonly (readonly [what: string, seen: string, isContent: boolean, shown: string])[] =
  [
    ["the path of a file, however long", `${LONG}: 1`, true, `${LONG}: 1`],
    [
      "a path of which nothing was read",
      `there is no file ${LONG}`,
      false,
      `there is no file ${LONG}`,
    ],
    ["no digest in a file", `${LONG}: ${DIGEST}`, true, `${LONG}: d41d********`],
    [
      "nothing of a file that is called a key",
      "/etc/app/api_key: s3cr3tvalue",
      true,
      "/etc/app/api_key: ********",
    ],
    ["no digest that a command prints", `its output: ${DIGEST}`, true, "its output: d41d********"],
  ];

for (const [what, seen, isContent, expected] of SEEN) {
  Deno.test(`shownOutcome() shows ${what}`, () => {
    assert.equal(shown(seen, isContent), expected);
  });
}
