/**
 * A server that repeats whatever it was sent, in every place in which a server can say something and in every way in which it may be
 * written: in errors, in successes, in commands, in files, in web pages.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { TestServer } from "./scene.ts";

/** The value of the tokens that it hands out: no JWT, which would be found by its looks. */
export const COMMS_TOKEN = "ct-Zk3vQ8rL1xW6yB0nM5tH9dG2sF7jP4aC";
/** The same for the management API. */
export const USER_TOKEN = "ut-7uJ2mX9pK4cV6bR1qT8wE3zL5oN0iYgH";

const REPEATED_AT = ["status", "code", "error", "action", "state"];

/** Answers everything, and nothing well for long. */
export class EchoServer implements TestServer {
  readonly caCertPath = undefined;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  /** What it was sent so far, with the agent's key among it. */
  #said = "";
  #requests = 0;
  #refusesUser = true;

  constructor() {
    const answer = async (request: Request) => this.#answer(request, await request.text());
    this.#server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, answer);
  }

  get commsUrl(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  get managementUrl(): string {
    return this.commsUrl;
  }

  events() {
    return Promise.resolve([]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }

  #answer(request: Request, body: string): Response {
    const { pathname } = new URL(request.url);
    const { authorization = "" } = Object.fromEntries(request.headers);
    const credentials = Buffer.from(authorization.replace(/^Basic /, ""), "base64").toString();
    // A process does not know what another one sent: the password is that of whoever registers.
    if (pathname === "/api/v1/authentication") this.#said = "";
    const isJson = body.startsWith("{") && !body.includes("\n");
    this.#said = [authorization, credentials, isJson ? body : "", this.#said.slice(0, 2_000)].join(
      " ",
    );
    const echo = this.#echo();
    if (pathname.endsWith("/user/authenticate")) return this.#logUserIn(echo);
    if (pathname === "/agents") {
      return Response.json({ message: echo, data: { echo } }, { status: 201 });
    }
    if (pathname.endsWith("/authentication")) {
      return Response.json({ token: COMMS_TOKEN, message: echo });
    }
    return this.#misbehave(pathname, echo);
  }

  /** Refuses once, so that its words are read out. */
  #logUserIn(echo: string): Response {
    if (!this.#refusesUser) return Response.json({ message: echo, data: { token: USER_TOKEN } });
    this.#refusesUser = false;
    return Response.json({ title: "Unauthorized", detail: `password: ${echo}` }, { status: 401 });
  }

  #misbehave(pathname: string, echo: string): Response {
    const way = this.#requests++ % 7;
    if (pathname.endsWith("/commands") && way % 2 === 0) {
      const action = {
        name: ["set-group", "run-script", echo.slice(0, 200)][way / 2] ?? "status",
        args: { groups: [echo], name: echo },
      };
      const document_id = `${this.#requests} ${COMMS_TOKEN}`;
      return Response.json({
        commands: [{ document_id, action }, { document_id: "x", action: echo }],
      });
    }
    if (pathname.endsWith("/files")) return new Response(`log:\n  level: ${echo}\n`);
    switch (way) {
      case 0:
        return Response.json({ message: echo }, { status: 400 });
      case 1:
        return Response.json({ error: { type: echo, reason: echo } }, { status: 503 });
      case 2:
        return new Response(`<html><title>${echo}</title></html>`, {
          headers: { "content-type": "text/html" },
        });
      case 3:
        return new Response(echo, { status: 500 });
      case 4:
        return Response.json({ detail: [{ loc: [echo], msg: echo }] }, { status: 422 });
      case 5:
        return new Response(echo, { status: 200 });
      default:
        return Response.json(Object.fromEntries(REPEATED_AT.map((name) => [name, echo])), {
          status: 403,
        });
    }
  }

  #echo(): string {
    const said = this.#said;
    const each = said.split(/[\s"]+/).filter((word) => word.length > 8).slice(0, 12);
    return [
      said,
      ...each.map((word) => Buffer.from(word).toString("base64url")),
      encodeURIComponent(said),
      JSON.stringify(said),
    ].join(" ").slice(0, 8_000);
  }
}
