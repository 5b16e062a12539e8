import assert from "node:assert/strict";
import fc from "fast-check";
import { apiOver } from "../../support/local_api.ts";
import { openQueue, TempFolder } from "../../support/queues.ts";
import { mutatedText, oddFormOf, oddText } from "../harness/arbitraries.ts";
import { assertPlain } from "../harness/expectations.ts";
import type { FuzzTarget } from "../harness/target.ts";

const PATHS = [
  "/v1/status",
  "/v1/metrics",
  "/v1/reload",
  "/v1/modules/logcollector/scan",
  "/v1/modules/logcollector/reset",
  "/v1/dead-letters/retry",
  "/v1/dead-letters/drop",
  "/v1/events/stateless",
  "/v1/events/stateful",
  "/v1/events/stateless/1/2?wait_ms=0",
];
const BODIES = [
  '\n{"module":"agent","collector":"x"}\n{"event":{"original":"a"}}',
  '\n{"module":"m","id":"1","operation":"delete"}\n{"module":"m","id":"2","operation":"create"}\n{"a":1}',
  '{"ids":[1,2]}',
  '{"all":true}',
];

const request = fc.record({
  method: fc.constantFrom("GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"),
  path: fc.oneof(
    fc.constantFrom(...PATHS),
    mutatedText(...PATHS),
    oddText.map((text) => `/v1/events/${text}`),
  ),
  body: fc.oneof(
    mutatedText(...BODIES),
    oddFormOf({ ids: [1, 2], reason: "x", all: true }).map((value) => JSON.stringify(value) ?? ""),
  ),
  type: fc.constantFrom("application/json", "text/plain", "multipart/form-data; boundary=x", ""),
});

/** A URL as a client would have sent it; some texts cannot be one. */
function urlOf(path: string): URL | undefined {
  return URL.parse(path.startsWith("/") ? path : `/${path}`, "http://agent") ?? undefined;
}

export const target: FuzzTarget = {
  about:
    "any request to the local API is answered, and what is wrong with it is no fault of the agent",
  weight: 10,
  open() {
    const folder = new TempFolder();
    const queue = openQueue(folder, { durability: "normal" });
    const api = apiOver(queue);
    const property = fc.asyncProperty(request, async ({ method, path, body, type }) => {
      const url = urlOf(path);
      if (url === undefined) return;
      // Nothing waits in here: what is asked to take its time would.
      if (url.searchParams.has("wait_ms")) url.searchParams.set("wait_ms", "0");
      const hasBody = !["GET", "HEAD"].includes(method);
      const headers = { "content-type": type };
      const response = await api.request(url, { method, headers, ...(hasBody && { body }) });
      const text = await response.text();
      assert.ok(response.status < 500, `${response.status}: ${text}`);
      if (response.ok || method === "HEAD") return;
      const { code, message, hint } = JSON.parse(text);
      assert.deepEqual([typeof code, typeof hint], ["string", "string"]);
      assertPlain(message);
    });
    return {
      property,
      close() {
        queue.close();
        folder[Symbol.dispose]();
      },
    };
  },
};
