import assert from "node:assert/strict";
import { CommsClient } from "../../../src/agent/comms/comms_client.ts";
import { createLogin } from "../../../src/agent/comms/login/login.ts";
import { ManagementClient } from "../../../src/agent/comms/management/management_client.ts";
import { ServerConnection } from "../../../src/agent/comms/connection/server_connection.ts";
import { AgentError } from "../../../src/shared/errors.ts";
import type { RetryOutcome } from "../../../src/shared/protocol/exchange.ts";
import { fakeFetch } from "../../support/fake_fetch.ts";
import {
  answerPage,
  BODIES,
  type Body,
  type Deed,
  type Endpoint,
  ENDPOINTS,
  type Row,
} from "./answer_table.ts";

const never = new AbortController().signal;
const HUGE = 17 * 1024 * 1024;
const ID = "0190d1b2-0000-7000-8000-000000000000";

/** JSON of the protocol for a success of each endpoint. */
const SUCCESS: Record<Endpoint["name"], object> = {
  "log in": { token: "t" },
  events: { results: [] },
  commands: { commands: [{ document_id: "a", action: { name: "x" } }] },
  files: { agent: {} },
  batches: { batch_id: ID, known: true, answer: null },
  states: { differ: [1], documents: {} },
  user: { data: { token: "t" } },
  register: { key: "k" },
};

function responseOf(status: number, body: Body, json: object): Response {
  const init = (type: string) => ({ status, headers: { "content-type": type } });
  switch (body) {
    case "none":
      return new Response(null, { status });
    case "family":
      return new Response(JSON.stringify(json), init("application/json"));
    case "other":
      return new Response("OK", init("text/plain"));
    case "page":
      return new Response(
        "<!DOCTYPE html><title>Sign in</title>",
        init("text/html; charset=utf-8"),
      );
    case "huge":
      return new Response(
        new Uint8Array(status < 300 ? HUGE : 100_000).fill(0x20),
        init("application/json"),
      );
    case "cut":
      return new Response(
        new ReadableStream({
          start(controller) {
            controller.enqueue(new TextEncoder().encode("{"));
            controller.error(new TypeError("error reading a body from connection"));
          },
        }),
        init("application/json"),
      );
  }
}

/** What the agent does about one answer at one endpoint. */
async function deedOf({ name }: Endpoint, response: () => Response): Promise<Deed> {
  let logins = 0;
  const { fetch } = fakeFetch(response);
  const connection = new ServerConnection({ serverUrl: "https://h", fetch, userAgent: "a" });
  const tokens = {
    get: () => Promise.resolve("t1"),
    renew: () => Promise.resolve(`t${++logins + 1}`),
  };
  const limits = { requestTimeoutMs: 30_000, pollTimeoutMs: 60_000 };
  const client = new CommsClient({ connection, tokens, ...limits });
  const again = ({ afterMs = 0 }: Pick<RetryOutcome, "afterMs">): Deed =>
    logins > 0 ? "login" : afterMs >= 60_000 ? "later" : "again";
  switch (name) {
    case "log in": {
      const credentials = { uuid: "u", key: "k" };
      const login = createLogin({
        connection,
        loginPath: "/login",
        credentials,
        timeoutMs: 30_000,
      });
      const answer = await login(never);
      if (answer.kind === "retry") return again(answer);
      return answer.kind === "token" ? "token" : "final";
    }
    case "events": {
      const body = new TextEncoder().encode('{"agent":{}}\n{"module":"m"}\n{}');
      const request = { body, encoding: "identity" } as const;
      const outcome = await client.postEvents("stateful", request, { signal: never });
      if (outcome.kind === "retry") return again(outcome);
      if (outcome.kind === "done") return "ack";
      return outcome.status === 413 ? "halve" : "search";
    }
    case "commands": {
      const { kind } = await client.poll(never);
      if (kind === "retry") return logins > 0 ? "login" : "backoff";
      return kind === "commands" ? "commands" : "poll";
    }
    case "files": {
      const outcome = await client.getFile("web.yml", never, '"tag"');
      if (outcome.kind === "retry") return again(outcome);
      if (outcome.kind === "unchanged") return "unchanged";
      return ({ file: "file", unchanged: "file", not_found: "absent", give_up: "noFile" } as const)[
        outcome.kind
      ];
    }
    case "batches": {
      const fate = await client.batchFate(ID, never);
      if (fate.kind === "retry") return again(fate);
      return fate.kind === "received" ? "known" : "mute";
    }
    case "states": {
      const request = { module: "inventory", collector: "packages", buckets: [] };
      const outcome = await client.compareStates(request, never);
      if (outcome.kind === "retry") return again(outcome);
      return outcome.kind === "compared" ? "compared" : "mute";
    }
    case "user":
      return await new ManagementClient({ connection, timeoutMs: 30_000 })
        .logIn("u", "p", never).then(() => "token" as const, userDeed);
    case "register":
      return await registerDeed(new ManagementClient({ connection, timeoutMs: 30_000 }));
  }
}

function userDeed(error: unknown): Deed {
  assert.ok(error instanceof AgentError);
  assert.ok(error.hint);
  return error.code === "credentials_refused" ? "user" : "fails";
}

async function registerDeed(client: ManagementClient): Promise<Deed> {
  const os = { name: "n", type: "Linux", version: "1" };
  const host = { architecture: "x", hostname: "h", ip: [], os };
  const request = { id: ID, name: "n", key: "k", type: "Endpoint", version: "1", host } as const;
  try {
    const answer = await client.register("t", request, never);
    return answer.kind === "registered" || answer.kind === "taken" ? answer.kind : "refused";
  } catch (error) {
    assert.ok(error instanceof AgentError);
    assert.match(error.hint ?? "", /./);
    return "unclear";
  }
}

async function tryRow(endpoint: Endpoint, { statuses, json, deeds }: Row): Promise<string[]> {
  const wrong: string[] = [];
  for (const status of statuses) {
    const usual = status < 300 ? SUCCESS[endpoint.name] : { message: "why it is so", code: status };
    for (const body of Object.keys(deeds) as Body[]) {
      const deed = await deedOf(endpoint, () => responseOf(status, body, json ?? usual));
      if (deed !== deeds[body]) {
        wrong.push(`${status} with ${BODIES[body]}: ${deed}, not ${deeds[body]}`);
      }
    }
  }
  return wrong;
}

for (const endpoint of ENDPOINTS) {
  Deno.test(`${endpoint.request}: every answer is treated as the table says`, async () => {
    const wrong: string[] = [];
    for (const row of endpoint.rows) wrong.push(...await tryRow(endpoint, row));
    assert.deepEqual(wrong, []);
  });
}

Deno.test("docs/protocol_answers.md is made from the table", () => {
  const page = Deno.readTextFileSync(new URL("../../../docs/protocol_answers.md", import.meta.url));
  const words = (text: string) => text.replace(/[\s|-]+/g, " ");
  assert.equal(words(page), words(answerPage()), "write it anew as the page itself says");
});

Deno.test("the table has every request that the client can make", () => {
  const source = Deno.readTextFileSync(
    new URL("../../../src/agent/comms/comms_client.ts", import.meta.url),
  );
  const paths = Array.from(source.matchAll(/path: `\$\{API\}(\/\w+)/g), ([, path = ""]) => path);
  assert.ok(paths.length >= 5);
  const requests = ENDPOINTS.map(({ request }) => request);
  const missing = paths.filter((path) => !requests.some((one) => one.includes(`/api/v1${path}`)));
  assert.deepEqual(missing, []);
});
