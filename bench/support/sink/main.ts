/**
 * The sink: a server on loopback that takes what it is sent, answers at once, and counts. What an
 * agent costs beside it is the agent's own cost.
 *
 *     deno run --allow-net=127.0.0.1 bench/support/sink/main.ts
 *
 * counts bytes; with `--events` the events in batches of the agent; with `--lines N --skip-bytes N`
 * the lines of `numbered_lines.ts`, each once, over plain TCP too. With `--cert=PEM --key=PEM` it
 * listens for TLS as well, HTTP/1.1 and HTTP/2.
 *
 * Prints one JSON line when it is ready, a {@linkcode ReadyLine}.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { createApp } from "./app.ts";
import { counterOf } from "./counter.ts";
import { LineTally } from "./line_tally.ts";
import { Progress } from "./progress.ts";
import { takeConnections } from "./tcp.ts";

/** Where the sink listens. */
export interface ReadyLine {
  ready: true;
  http_url: string;
  /** With a certificate only. */
  https_url?: string;
  /** When it counts lines only. */
  tcp_port?: number;
}

const LOOPBACK = { hostname: "127.0.0.1", port: 0, onListen: () => {} } as const;

const { values: { events = false, lines, "skip-bytes": skipBytes, cert, key } } = parseArgs({
  options: {
    events: { type: "boolean" },
    lines: { type: "string" },
    "skip-bytes": { type: "string" },
    cert: { type: "string" },
    key: { type: "string" },
  },
});
const progress = lines === undefined
  ? undefined
  : new Progress(new LineTally(Number(lines), Number(skipBytes)), () => performance.now());
const app = createApp(progress ?? counterOf(events ? "events" : "bytes"));
const plain = Deno.serve(LOOPBACK, app);
const secure = cert === undefined || key === undefined
  ? undefined
  : Deno.serve({ ...LOOPBACK, cert, key }, app);
const listener = progress && Deno.listen({ hostname: LOOPBACK.hostname, port: LOOPBACK.port });
const ready: ReadyLine = {
  ready: true,
  http_url: `http://127.0.0.1:${plain.addr.port}`,
  ...(secure && { https_url: `https://127.0.0.1:${secure.addr.port}` }),
  ...(listener && { tcp_port: listener.addr.port }),
};
console.log(JSON.stringify(ready));
if (listener && progress) await takeConnections(listener, progress);
