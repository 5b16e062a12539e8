import assert from "node:assert/strict";
import fc from "fast-check";
import { ROUTES } from "../../../src/manager/http/routes.ts";
import { eventsBody, HOST, KEY, numbered, TestManager } from "../../manager/harness.ts";
import { TempFolder } from "../../support/queues.ts";
import { mutatedText, oddFormOf, oddText } from "../harness/arbitraries.ts";
import { assertPlain } from "../harness/expectations.ts";
import type { FuzzTarget } from "../harness/target.ts";

const ID = "019b5e3f-7f00-7000-8000-000000000001";
const REGISTRATION = {
  id: ID,
  name: "n",
  key: KEY,
  type: "Endpoint",
  version: "1",
  host: HOST,
  groups: ["web"],
};
const COMMANDS = {
  commands: [{
    source: "Users/Services",
    user: "kim",
    target: { type: "group", id: "*" },
    action: { name: "restart", args: {}, version: "1" },
    timeout: 100,
  }],
};
const LOGIN = { uuid: ID, key: KEY };
const NOTICES = { commands: [{ document_id: "1-1-1", target: { type: "agent", id: ID } }] };
const TOKEN = { name: "t", uses: 5, groups: ["web"], expires_in: "1h" };
const ROLLOUT = {
  version: "1.4.0",
  groups: ["*"],
  waves: [1, "10%", "100%"],
  stop_when_failed: "5%",
  timeout: 60,
  retry: true,
};
const SAMPLES = [REGISTRATION, COMMANDS, LOGIN, NOTICES, TOKEN, ROLLOUT];
const KEYS = [...new Set(SAMPLES.flatMap((sample) => Object.keys(sample)))];
const EVENTS = eventsBody(ID, ...numbered(2));
const STATES = eventsBody(ID, { module: "m", id: "1", operation: "delete" }, {
  module: "command",
  id: "x",
  operation: "update",
}, { command: { result: { code: 0, message: "m", data: "d" } } });

/** Every route but the poll, which is held, with something in the place of its parameters. */
const paths = Object.values(ROUTES).filter(({ path }) => path !== ROUTES.commands.path)
  .flatMap(({ path }) => [path, path.replace(/:\w+/, ID), path.replace(/:\w+/, "web.yml")]);

const isHeader = (text: string) => /^[\x20-\x7e]*$/.test(text);

const request = fc.record({
  method: fc.constantFrom("GET", "POST", "PUT", "DELETE", "PATCH"),
  path: fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...paths) }, mutatedText(...paths)),
  query: fc.oneof(
    fc.constant(""),
    mutatedText("?limit=5&cursor=x&status=active", "?file_name=web.yml", "?agent=x&request=1"),
    mutatedText("?name=web.yml", "?platform=linux-x86_64&version=1.2.3&wanted=1.4.0"),
  ),
  body: fc.oneof(
    ...SAMPLES.map((sample) =>
      oddFormOf(sample, ...KEYS).map((value) => JSON.stringify(value) ?? "")
    ),
    mutatedText(EVENTS, STATES, ...SAMPLES.map((sample) => JSON.stringify(sample))),
  ),
  who: fc.constantFrom("user", "user", "agent", "nobody"),
  headers: fc.record({
    "content-type": fc.constantFrom("application/json", "text/plain", ""),
    "content-encoding": fc.constantFrom("gzip", "zstd", "identity", "br", "x"),
    "idempotency-key": fc.oneof(fc.uuid(), oddText.filter(isHeader)),
    "if-none-match": fc.constant("*"),
    "range": mutatedText("bytes=0-5,2-", "bytes=5-", "bytes=-3").filter(isHeader),
    "if-range": fc.constantFrom('"a"', "Thu, 01 Jan 1970 00:00:00 GMT"),
  }, { requiredKeys: [] }),
});

export const target: FuzzTarget = {
  about:
    "any request to the manager is answered, and what is wrong with it is not the manager's fault",
  weight: 10,
  async open() {
    const folder = new TempFolder();
    const test = await TestManager.open({ dataFolder: folder.path });
    await Deno.writeTextFile(folder.file("releases/web.yml"), "a: 1\n");
    const tokens: Record<string, string> = { user: await test.userToken(), agent: test.agentToken };
    const property = fc.asyncProperty(
      request,
      async ({ method, path, query, body, who, headers }) => {
        const url = URL.parse(path + query, "http://manager");
        if (
          url === null || url.origin !== "http://manager" || url.pathname === ROUTES.commands.path
        ) return;
        const answer = await test.fetch(url.href, {
          method,
          headers: { ...headers, ...(tokens[who] && { authorization: `Bearer ${tokens[who]}` }) },
          ...(method !== "GET" && { body: body.replaceAll(ID, test.agentId) }),
        });
        const text = await answer.text();
        assert.ok(answer.status < 500, `${method} ${url.pathname} ${answer.status}: ${text}`);
        const isRefused = answer.status >= 400;
        // What is for people says it as a page.
        const isPage = answer.headers.get("content-type")?.startsWith("text/html") ?? false;
        if (isRefused) assertPlain(isPage ? text : JSON.parse(text).message);
      },
    );
    const close = async () => {
      await test[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    };
    return { property, close };
  },
};
