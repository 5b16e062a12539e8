/**
 * A server that only answers: 204 to every POST, whatever is in it, and to GET the number of bytes
 * it has received. Prints its URL as one line when it is ready.
 *
 *     deno run --allow-net bench/support/sink.ts
 *
 * @module
 */

let received = 0;

const server = Deno.serve(
  { hostname: "127.0.0.1", port: 0, onListen: () => {} },
  async (request) => {
    if (request.method === "GET") return Response.json({ received_bytes: received });
    for await (const part of request.body ?? []) received += part.length;
    return new Response(null, { status: 204 });
  },
);
console.log(`http://127.0.0.1:${server.addr.port}`);
