/**
 * Another implementation of the protocol, to show that the agent does not depend on how this
 * project's own manager does things.
 *
 * Plain `node:http`, and nothing shared with `mock_server/`. It closes every connection after one
 * answer (`Connection: close`), hands out HS256 tokens that live for 60 s, adds members to its
 * answers, answers 204 to events of both streams, 200 with `{}` to a poll, an empty 201 to a
 * registration, and takes no notice of `Idempotency-Key`.
 *
 * As a program (`deno run --allow-net --allow-write tests/support/foreign_server.ts --record FILE`)
 * it prints one JSON line when it is ready:
 * `{"ready":true,"management_url":"…","comms_url":"…"}`.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { createHmac, randomBytes } from "node:crypto";
import { appendFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { parseArgs } from "node:util";
import { type OddAnswers, sendOdd } from "./odd_answers.ts";
import type { StrictTemper } from "./foreign_server_strict.ts";

/** How a {@linkcode ForeignServer} behaves. */
export interface ForeignServerOptions {
  /** @default 0, a free one */
  managementPort?: number;
  /** @default 0, a free one */
  commsPort?: number;
  /** Life of a token in seconds. @default 60 */
  tokenLifeSeconds?: number;
  /** How long a poll is held, in milliseconds. @default 60000 */
  pollTimeoutMs?: number;
  /** Where agents log in. @default "/api/v1/authentication" */
  loginPath?: string;
  /** What it is strict about. @default nothing */
  temper?: StrictTemper;
  /** What it answers in place of its own answers. @default nothing */
  odd?: OddAnswers;
  /** The path that both APIs stand below, such as `/siem`. @default none */
  pathPrefix?: string;
  /** A file that gains one line for each event: `{"agent_id","stream","header","data"}`. */
  recordFile?: string;
}

/** One request as it came in. */
export interface ReceivedRequest {
  method: string;
  path: string;
  headers: Record<string, string | string[] | undefined>;
  body: string;
  /** What was answered. */
  status: number;
}

/** One event as it came in. */
export interface ReceivedEvent {
  agent_id: string;
  stream: string;
  header: Record<string, unknown>;
  data: Record<string, unknown> | null;
}

interface Answer {
  status: number;
  body?: unknown;
}

const USER = "wazuh";
const PASSWORD = "topsecret";
const MAX_BODY_BYTES = 32_000_000;

/**
 * A server on two ports. Start it with {@linkcode ForeignServer.start}, dispose of it after use.
 */
export class ForeignServer implements AsyncDisposable {
  /** Every request, in order of their ends. */
  readonly received: ReceivedRequest[] = [];
  /** Every event, in order; a repeated batch is here twice. */
  readonly events: ReceivedEvent[] = [];
  readonly #options:
    & Required<Omit<ForeignServerOptions, "recordFile" | "temper" | "odd">>
    & Pick<ForeignServerOptions, "recordFile" | "temper" | "odd">;
  readonly #secret = randomBytes(32);
  readonly #keys = new Map<string, string>();
  readonly #names = new Set<string>();
  readonly #polls = new Set<() => void>();
  readonly #management: Server;
  readonly #comms: Server;

  private constructor(options: ForeignServerOptions) {
    this.#options = {
      managementPort: 0,
      commsPort: 0,
      tokenLifeSeconds: 60,
      pollTimeoutMs: 60_000,
      loginPath: "/api/v1/authentication",
      pathPrefix: "",
      ...options,
    };
    this.#management = createServer((request, response) => this.#serve(request, response));
    this.#comms = createServer((request, response) => this.#serve(request, response));
  }

  /** Starts listening on 127.0.0.1. */
  static async start(options: ForeignServerOptions = {}): Promise<ForeignServer> {
    const server = new ForeignServer(options);
    await listen(server.#management, server.#options.managementPort);
    await listen(server.#comms, server.#options.commsPort);
    return server;
  }

  get managementUrl(): string {
    return urlOf(this.#management) + this.#options.pathPrefix;
  }

  get commsUrl(): string {
    return urlOf(this.#comms) + this.#options.pathPrefix;
  }

  /** The events of one agent, in order. */
  eventsOf(agentId: string): ReceivedEvent[] {
    return this.events.filter((event) => event.agent_id === agentId);
  }

  /** Ends open polls and stops listening. */
  async close(): Promise<void> {
    for (const end of [...this.#polls]) end();
    await Promise.all([closed(this.#management), closed(this.#comms)]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readText(request).catch(() => undefined);
    if (body === undefined) return;
    const { method = "", url: path = "", headers } = request;
    const odd = this.#options.odd?.({ method, path: this.#pathOf(request), headers, body });
    if (odd !== undefined) {
      this.received.push({ method, path, headers, body, status: odd.status });
      return await sendOdd(response, odd).catch(() => {});
    }
    const { status, body: answer } = await this.#answer(request, body)
      .catch(() => refusal(400, "Body is not as it should be"));
    this.received.push({ method, path, headers, body, status });
    response.writeHead(status, { "Connection": "close", "Content-Type": "application/json" });
    response.end(answer === undefined ? undefined : JSON.stringify(answer));
  }

  /** The path below the prefix; empty when it is not below it. */
  #pathOf({ url = "/" }: IncomingMessage): string {
    const { pathname } = new URL(url, "http://server");
    const { pathPrefix } = this.#options;
    return pathname.startsWith(`${pathPrefix}/`) ? pathname.slice(pathPrefix.length) : "";
  }

  async #answer(request: IncomingMessage, body: string): Promise<Answer> {
    const route = `${request.method} ${this.#pathOf(request)}`;
    if (route === "POST /security/user/authenticate") return this.#logInUser(request);
    if (route === `POST ${this.#options.loginPath}`) return this.#logInAgent(JSON.parse(body));
    const caller = this.#caller(request);
    const { temper } = this.#options;
    if (caller === undefined) return temper?.refusedToken ?? refusal(401, "Token is not valid");
    switch (route) {
      case "POST /agents":
        return this.#register(JSON.parse(body));
      case "POST /api/v1/events/stateless":
      case "POST /api/v1/events/stateful":
        return temper?.refuseEncoding(request.headers["content-encoding"]) ??
          this.#takeEvents(route.split("/").at(-1) ?? "", body);
      case "GET /api/v1/commands":
        await this.#holdPoll(request);
        return { status: 200, body: {} };
      default:
        return refusal(404, "Not found");
    }
  }

  #logInUser(request: IncomingMessage): Answer {
    const expected = Buffer.from(`${USER}:${PASSWORD}`).toString("base64");
    if (request.headers.authorization !== `Basic ${expected}`) {
      return refusal(401, "Wrong user or password");
    }
    return { status: 200, body: { data: { token: this.#token({ sub: USER }) }, error: 0 } };
  }

  #logInAgent({ uuid, key }: { uuid: string; key: string }): Answer {
    const known = this.#keys.get(uuid);
    if (known === undefined) return refusal(403, "Agent does not exist");
    if (known !== key) return refusal(401, "Invalid key");
    return { status: 200, body: { token: this.#token({ uuid }), error: 0 } };
  }

  #register({ id, name, key }: { id: string; name: string; key: string }): Answer {
    const strict = this.#options.temper?.refuseRegistration({ id });
    if (strict !== undefined) return strict;
    if (this.#keys.has(id) || this.#names.has(name)) return refusal(409, "Agent already exists");
    this.#keys.set(id, key);
    this.#names.add(name);
    return { status: 201 };
  }

  #takeEvents(stream: string, body: string): Answer {
    const sent = eventsIn(stream, body);
    if (sent === undefined) return refusal(400, "Body is not as it should be");
    const verdict = this.#options.temper?.take(stream, sent);
    const taken = verdict?.kept ?? sent;
    this.events.push(...taken);
    const { recordFile } = this.#options;
    if (recordFile !== undefined) {
      appendFileSync(recordFile, taken.map((event) => `${JSON.stringify(event)}\n`).join(""));
    }
    return verdict?.answer ?? { status: 204 };
  }

  #holdPoll(request: IncomingMessage): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.#polls.delete(end);
        resolve();
      };
      const timer = setTimeout(end, this.#options.pollTimeoutMs);
      this.#polls.add(end);
      request.socket.once("close", end);
    });
  }

  #token(claims: object): string {
    const iat = Math.floor(Date.now() / 1_000);
    const exp = iat + this.#options.tokenLifeSeconds;
    const head = base64Url({ alg: "HS256", typ: "JWT" });
    const payload = base64Url({ iss: "other", aud: "other", iat, exp, ...claims });
    return `${head}.${payload}.${this.#sign(`${head}.${payload}`)}`;
  }

  #caller(request: IncomingMessage): string | undefined {
    const token = request.headers.authorization?.replace(/^Bearer /, "") ?? "";
    const [head = "", payload = "", signature] = token.split(".");
    if (signature !== this.#sign(`${head}.${payload}`)) return undefined;
    const claims = JSON.parse(Buffer.from(payload, "base64url").toString());
    return claims.exp * 1_000 > Date.now() ? claims.uuid ?? claims.sub : undefined;
  }

  #sign(text: string): string {
    return createHmac("sha256", this.#secret).update(text).digest("base64url");
  }
}

/** `undefined` when a line is wrong. */
function eventsIn(stream: string, body: string): ReceivedEvent[] | undefined {
  try {
    const [first, ...rest] = body.trimEnd().split("\n").map((line) => JSON.parse(line));
    const events: ReceivedEvent[] = [];
    while (rest.length > 0) {
      const header = rest.shift();
      const data = header.operation === "delete" ? null : rest.shift();
      if (typeof header.module !== "string" || data === undefined) return undefined;
      events.push({ agent_id: first.agent.id, stream, header, data });
    }
    return events;
  } catch {
    return undefined;
  }
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw new RangeError("Body is too large");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function refusal(code: number, message: string): Answer {
  return { status: code, body: { message, code } };
}

function base64Url(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve());
  });
}

function urlOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      "management-port": { type: "string", default: "0" },
      "comms-port": { type: "string", default: "0" },
      "token-life-seconds": { type: "string", default: "60" },
      "poll-timeout-ms": { type: "string", default: "60000" },
      record: { type: "string" },
    },
  });
  const server = await ForeignServer.start({
    managementPort: Number(values["management-port"]),
    commsPort: Number(values["comms-port"]),
    tokenLifeSeconds: Number(values["token-life-seconds"]),
    pollTimeoutMs: Number(values["poll-timeout-ms"]),
    ...(values.record !== undefined && { recordFile: values.record }),
  });
  const { managementUrl: management_url, commsUrl: comms_url } = server;
  console.log(JSON.stringify({ ready: true, management_url, comms_url }));
}

if (import.meta.main) await main();
