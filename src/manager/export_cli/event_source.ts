/**
 * The events of a manager, asked for page by page over its management API.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { AgentError, messageOf } from "../../shared/errors.ts";
import { ROUTES } from "../http/routes.ts";

/** A page. */
export interface EventPage {
  /** Whole lines with their ends; empty when there is nothing newer. */
  text: string;
  /** `number` of the last event, or what was asked for. */
  last: string;
  /** How much before the first one is no longer kept, such as "3 batches"; `undefined` when nothing is missing. */
  missing: string | undefined;
}

/** Whom to ask, and who asks. */
interface EventSourceOptions {
  /** Of the management API, without a slash at its end. */
  url: string;
  user: string;
  password: string;
  fetch(url: string, init: RequestInit): Promise<Response>;
}

/** Asks for events. */
export class EventSource {
  readonly #options: EventSourceOptions;
  #token: string | undefined;

  constructor(options: EventSourceOptions) {
    this.#options = options;
  }

  /**
   * What comes after the event of which `after` is the number.
   *
   * @throws AgentError `credentials_refused` when user or password are wrong, `server_unreachable` without an answer, `failed` for any other
   */
  async page(after: string, signal: AbortSignal): Promise<EventPage> {
    let answer = await this.#ask(after, signal);
    if (answer.status === 401) {
      // The token's life may have ended between two pages.
      this.#token = undefined;
      await answer.body?.cancel();
      answer = await this.#ask(after, signal);
    }
    const text = await answer.text();
    if (!answer.ok) throw refusal(answer.status, text);
    return { text, last: lastNumberIn(text) ?? after, missing: missingIn(answer.headers) };
  }

  async #ask(after: string, signal: AbortSignal): Promise<Response> {
    this.#token ??= await this.#logIn(signal);
    const headers = { Authorization: `Bearer ${this.#token}` };
    return await this.#fetch(`${ROUTES.events.path}?after=${after}&limit=1000`, {
      headers,
      signal,
    });
  }

  async #logIn(signal: AbortSignal): Promise<string> {
    const { user, password } = this.#options;
    const credentials = Buffer.from(`${user}:${password}`).toString("base64");
    const answer = await this.#fetch(ROUTES.authenticate.path, {
      method: "POST",
      headers: { Authorization: `Basic ${credentials}` },
      signal,
    });
    const text = await answer.text();
    if (!answer.ok) throw refusal(answer.status, text);
    return String(JSON.parse(text).data.token);
  }

  async #fetch(path: string, init: RequestInit): Promise<Response> {
    const { url, fetch } = this.#options;
    try {
      return await fetch(`${url}${path}`, init);
    } catch (error) {
      init.signal?.throwIfAborted();
      throw new AgentError("server_unreachable", `Cannot reach ${url}: ${messageOf(error)}`, {
        cause: error,
        hint: "see that the manager runs, and give its URL and its authority (--url, --ca-cert)",
      });
    }
  }
}

/** The number of the last whole line: a count, or on a cluster a text. */
export function lastNumberIn(text: string): string | undefined {
  const line = text.slice(text.lastIndexOf("\n", text.length - 2) + 1);
  const [, count, place] = /^\{"number":(?:(\d{1,15})|"([\d.,]{1,2000})"),/.exec(line) ?? [];
  return count ?? place;
}

function missingIn(headers: Headers): string | undefined {
  for (const what of ["Events", "Batches"]) {
    const count = Number(headers.get(`${what}-Missing`) ?? 0);
    if (count > 0) return `${count} ${what.toLowerCase()}`;
  }
  return undefined;
}

function refusal(status: number, text: string): AgentError {
  const code = status === 401 || status === 403 ? "credentials_refused" : "failed";
  return new AgentError(code, `The manager answers ${status}: ${text.slice(0, 500)}`, {
    hint: code === "credentials_refused"
      ? "give a user who may look (--user, --password-file)"
      : "see the log of the manager",
  });
}
