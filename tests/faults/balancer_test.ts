import assert from "node:assert/strict";
import { Balancer, type Target } from "./balancer.ts";

/** A manager that says its name, and whether it is ready. */
class NamedServer implements Target, AsyncDisposable {
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  isDraining = false;
  #asked = Promise.withResolvers<void>();

  constructor(name: string) {
    this.#server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
      if (new URL(request.url).pathname !== "/ready") return new Response(name);
      this.#asked.resolve();
      return new Response(null, { status: this.isDraining ? 503 : 200 });
    });
  }

  get comms(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  /** Resolves when the balancer has asked twice: then it knows the first answer. */
  async whenAsked(): Promise<void> {
    for (let times = 0; times < 2; times++) {
      this.#asked = Promise.withResolvers();
      await this.#asked.promise;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}

/** Who answers a new connection from an address. */
async function answerer(balancer: Balancer, localAddress: string): Promise<string> {
  using client = Deno.createHttpClient({ localAddress });
  return await (await fetch(balancer.url, { client })).text();
}

Deno.test("Balancer keeps an address at one manager, and spreads addresses", async () => {
  await using one = new NamedServer("one");
  await using other = new NamedServer("other");
  using balancer = new Balancer([one, other], { askEveryMs: 10 });
  const ask = (address: string) => answerer(balancer, address);
  const [a, again, b] = [await ask("127.1.0.2"), await ask("127.1.0.2"), await ask("127.1.0.3")];
  assert.equal(a, again);
  assert.notEqual(a, b);
});

Deno.test("Balancer sends elsewhere when a manager drains or refuses", async () => {
  await using one = new NamedServer("one");
  await using other = new NamedServer("other");
  using balancer = new Balancer([one, other], { askEveryMs: 10 });
  const [draining, staying] = await answerer(balancer, "127.1.0.2") === "one"
    ? [one, "other"]
    : [other, "one"];
  draining.isDraining = true;
  await draining.whenAsked();
  assert.equal(await answerer(balancer, "127.1.0.2"), staying);
  await draining[Symbol.asyncDispose]();
  assert.equal(await answerer(balancer, "127.1.0.2"), staying);
});

Deno.test("Balancer leaves it to the managers to refuse when none is ready", async () => {
  await using one = new NamedServer("one");
  using balancer = new Balancer([one], { askEveryMs: 10 });
  one.isDraining = true;
  await one.whenAsked();
  assert.equal(await answerer(balancer, "127.1.0.2"), "one");
});
