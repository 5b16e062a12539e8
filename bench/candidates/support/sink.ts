/**
 * A server that only answers, over HTTP and over TLS: 204 to every POST, and to GET the bytes that
 * came. TLS speaks HTTP/1.1 and HTTP/2. Its certificate and key are the arguments; it prints its two
 * addresses as one JSON line.
 *
 *     deno run --allow-net bench/candidates/support/sink.ts CERT KEY
 *
 * @module
 */

const LOOPBACK = { hostname: "127.0.0.1", port: 0, onListen: () => {} } as const;

let received = 0;

async function take(request: Request): Promise<Response> {
  if (request.method === "GET") return Response.json({ received_bytes: received });
  for await (const part of request.body ?? []) received += part.length;
  return new Response(null, { status: 204 });
}

const [cert = "", key = ""] = Deno.args;
const plain = Deno.serve(LOOPBACK, take);
const secure = Deno.serve({ ...LOOPBACK, cert, key }, take);
console.log(JSON.stringify({
  http_url: `http://127.0.0.1:${plain.addr.port}`,
  https_url: `https://127.0.0.1:${secure.addr.port}`,
}));
