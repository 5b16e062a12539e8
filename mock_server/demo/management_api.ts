/**
 * The few calls of the management API that the demo makes.
 *
 * @module
 */

/** An order that has ended. */
interface FinishedOrder {
  document_id: string;
  status: string;
  result: { message: string };
}

const POLL_INTERVAL_MS = 100;
const RESULT_WITHIN_MS = 30_000;

/** A logged-in user of the management API. */
export class ManagementApi {
  readonly #url: string;
  readonly #client: Deno.HttpClient;
  #authorization = "";

  constructor(url: string, client: Deno.HttpClient) {
    this.#url = url;
    this.#client = client;
  }

  /** Gets a token for the calls that follow. */
  async logIn(user: string, password: string): Promise<void> {
    this.#authorization = `Basic ${btoa(`${user}:${password}`)}`;
    const answer = await this.call("POST", "/security/user/authenticate");
    this.#authorization = `Bearer ${(answer as { data: { token: string } }).data.token}`;
  }

  /** Makes one request; gives the JSON of the answer. Throws with the answer when it is an error. */
  async call(method: string, path: string, body?: string): Promise<unknown> {
    return JSON.parse(await this.text(method, path, body));
  }

  /** The same, for answers that are not one JSON document. */
  async text(method: string, path: string, body?: string): Promise<string> {
    const response = await fetch(this.#url + path, {
      method,
      client: this.#client,
      headers: { Authorization: this.#authorization, "Content-Type": "application/json" },
      ...(body !== undefined && { body }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} was answered ${response.status}: ${text}`);
    return text;
  }

  /** Waits for the result of the oldest order. */
  async firstFinishedOrder(): Promise<FinishedOrder> {
    const deadline = performance.now() + RESULT_WITHIN_MS;
    while (performance.now() < deadline) {
      const { orders } = await this.call("GET", "/manager/orders") as {
        orders: (FinishedOrder | { status: "pending" | "sent" })[];
      };
      const [order] = orders;
      if (order !== undefined && "result" in order && order.result !== null) return order;
      await new Promise((resolve) => setTimeout(resolve, POLL_INTERVAL_MS));
    }
    throw new Error("The command got no result in time");
  }
}
