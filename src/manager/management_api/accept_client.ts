/**
 * Posts orders to `POST /accept_commands` of the management API.
 *
 * @module
 */

import { join } from "node:path";
import type { Command } from "../../shared/protocol/wire.ts";
import { readIfThere } from "../private_file.ts";
import { ROUTES } from "../http/routes.ts";

const TIME_LIMIT_MS = 10_000;

/** Answers a request, over a network or within this process. */
type Send = (request: Request) => Promise<Response>;

/** What an {@linkcode AcceptClient} is built with. */
interface AcceptClientOptions {
  /** Base URL of the management API, without a trailing slash. */
  url: string;
  send: Send;
  /** A token of the user of the management API. */
  token(): Promise<string>;
  /** Ends what {@linkcode send} holds open. */
  close(): void;
}

/** What {@linkcode openAcceptClient} goes by. */
interface AcceptClientSettings extends Pick<AcceptClientOptions, "token"> {
  /** Base URL of the management API; without it `inProcess` is called. */
  acceptCommandsUrl?: string;
  /** The folder with the manager's own authority, which is then trusted. */
  dataFolder?: string;
  inProcess: Send;
}

/** A client that posts within the process, or over HTTP to `acceptCommandsUrl`. */
export function openAcceptClient(settings: AcceptClientSettings): AcceptClient {
  const { acceptCommandsUrl: url, dataFolder, inProcess, token } = settings;
  if (url === undefined) {
    return new AcceptClient({ url: "http://manager", send: inProcess, token, close: () => {} });
  }
  let client: Deno.HttpClient | undefined;
  const send: Send = async (request) => {
    client ??= Deno.createHttpClient({ caCerts: await authorities(dataFolder) });
    return await fetch(request, { client });
  };
  return new AcceptClient({ url, send, token, close: () => client?.close() });
}

async function authorities(dataFolder: string | undefined): Promise<string[]> {
  if (dataFolder === undefined) return [];
  const own = await readIfThere(join(dataFolder, "ca.pem"));
  return own === undefined ? [] : [own];
}

/** The client of one route. */
class AcceptClient {
  readonly #options: AcceptClientOptions;

  constructor(options: AcceptClientOptions) {
    this.#options = options;
  }

  /** Closes its connections. */
  close(): void {
    this.#options.close();
  }

  /** @throws Error when the orders were not accepted within 10 s, or the signal is aborted */
  async post(commands: readonly Command[], signal: AbortSignal): Promise<void> {
    const { url, send, token } = this.#options;
    const limit = new AbortController();
    const abort = () => limit.abort();
    const timer = setTimeout(abort, TIME_LIMIT_MS);
    signal.addEventListener("abort", abort, { once: true });
    try {
      const answer = await send(
        new Request(`${url}${ROUTES.acceptCommands.path}`, {
          method: "POST",
          headers: {
            "Authorization": `Bearer ${await token()}`,
            "Content-Type": "application/json",
          },
          body: JSON.stringify({ commands: commands.map(noticeOf) }),
          signal: limit.signal,
        }),
      );
      await answer.body?.cancel();
      if (!answer.ok) throw new Error(`the answer is ${answer.status}`);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
    }
  }
}

/** Without the arguments, which may be large and are of use to the agent only. */
function noticeOf({ document_id, request_id, order_id, target, action, timeout }: Command) {
  const { name, version } = action;
  return { document_id, request_id, order_id, target, action: { name, version }, timeout };
}
