/**
 * The sink as a process: takes what a contender sends, answers at once, counts the lines.
 *
 *     deno run --allow-net=127.0.0.1 bench/peers/sink/main.ts --lines N --skip-bytes N
 *
 * Prints one JSON line when it is ready: `{"ready":true,"http_url":"…","tcp_port":N}`.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { LineTally } from "./line_tally.ts";
import { createApp } from "./http.ts";
import { Progress } from "./progress.ts";
import { takeConnections } from "./tcp.ts";

const HOST = "127.0.0.1";

const { values } = parseArgs({
  options: { lines: { type: "string" }, "skip-bytes": { type: "string" } },
});
const tally = new LineTally(Number(values.lines), Number(values["skip-bytes"]));
const progress = new Progress(tally, () => performance.now());

const server = Deno.serve({ hostname: HOST, port: 0, onListen: () => {} }, createApp(progress));
const listener = Deno.listen({ hostname: HOST, port: 0 });
const http_url = `http://${HOST}:${server.addr.port}`;
console.log(JSON.stringify({ ready: true, http_url, tcp_port: listener.addr.port }));
await takeConnections(listener, progress);
