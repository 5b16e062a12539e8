import assert from "node:assert/strict";
import { completeStatus } from "../../../src/agent/status/other_version.ts";
import { statusLine, statusText } from "../../../src/agent/status/status_text.ts";
import type { StatusDocument } from "../../../src/shared/protocol/status_document.ts";
import { documentOf, NOW_MS, STATUS_OPTIONS, WELL } from "../../support/status_documents.ts";

const at = { config: STATUS_OPTIONS, nowMs: NOW_MS };

/** As an agent of long ago told it. */
const { state, streams, pid, uptime_s } = WELL;
const old = {
  ...{ schema: 1, running: true, state, streams, pid, uptime_s },
  agent: { id: "0197", name: "web-1", version: "0.1.0", groups: [] },
  server: { url: "https://m:27000", token: { state: "valid", expires_at: null } },
} as unknown as Partial<StatusDocument>;

Deno.test("the document of an older agent is shown with what it says, and told to say nothing of its health", () => {
  const document = completeStatus(old, at);
  assert.equal(document.running, true);
  assert.deepEqual(document.streams, streams);
  assert.deepEqual(document.health.reasons.map(({ code }) => code), ["other_version"]);
  assert.match(statusText(document, NOW_MS), /^health +DEGRADED.*\n.*is 0\.1\.0/);
  assert.match(statusLine(document, NOW_MS), /degraded \(other_version\)/);
});

Deno.test("the document of another version that says all keeps every word, also those that are not known here", () => {
  const newer = { ...documentOf(WELL), more: { of: "it" } };
  assert.deepEqual(completeStatus(newer, at), newer);
});
