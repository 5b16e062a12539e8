/**
 * A browser without scripts, for the tests of the page: it keeps cookies, follows nothing by itself, and reads what it is shown.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type TestClient, TestManager, type TestOptions } from "../harness.ts";

const ORIGIN = "http://manager";

/** Somebody who looks at the page of a manager. */
export class Visitor {
  cookie = "";

  constructor(readonly client: TestClient) {}

  /** Asks for a path of the page. */
  async get(path: string, headers: Record<string, string> = {}): Promise<Response> {
    const answer = await this.client.fetch(`${ORIGIN}${path}`, {
      redirect: "manual",
      headers: { ...(this.cookie !== "" && { Cookie: this.cookie }), ...headers },
    });
    this.#keep(answer);
    return answer;
  }

  /** Sends a form. */
  async post(
    path: string,
    fields: Record<string, string> = {},
    headers: Record<string, string> = { Origin: ORIGIN },
  ): Promise<Response> {
    const answer = await this.client.fetch(`${ORIGIN}${path}`, {
      method: "POST",
      redirect: "manual",
      body: new URLSearchParams(fields),
      headers: { ...(this.cookie !== "" && { Cookie: this.cookie }), ...headers },
    });
    this.#keep(answer);
    return answer;
  }

  /** Logs in. */
  async logIn(user = "wazuh", password = "topsecret"): Promise<this> {
    const answer = await this.post("/page/log-in", { user, password });
    assert.equal(answer.status, 303, await answer.text());
    return this;
  }

  /** The text of a view. */
  async read(path: string): Promise<string> {
    const answer = await this.get(path);
    const text = await answer.text();
    assert.equal(answer.status, 200, text);
    return text;
  }

  #keep(answer: Response): void {
    for (const cookie of answer.headers.getSetCookie()) this.cookie = cookie.split(";")[0] ?? "";
  }
}

/** The number of a count in the bar of counts, and where its link leads. */
export function countIn(text: string, kind: string): { value: number; href: string } {
  const [, href = "", value] =
    new RegExp(`<a class="[^"]*" href="([^"]*)" data-count="${kind}"><data value="(\\d+)"`)
      .exec(text) ?? [];
  assert.notEqual(value, undefined, `No count "${kind}" in ${text}`);
  return { value: Number(value), href: href.replaceAll("&amp;", "&") };
}

/** The ids of the agents that are listed. */
export function agentsIn(text: string): string[] {
  return [...text.matchAll(/<tr id="agent-([^"]+)"/g)].map(([, id = ""]) => id);
}

/** Opens a manager and the page of it, logged in. */
export async function openPage(options: TestOptions = {}) {
  const manager = await TestManager.open(options);
  return { manager, visitor: await new Visitor(manager).logIn() };
}
