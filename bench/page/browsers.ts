/**
 * Browsers at the view that changes most, as a program of its own: each reads its stream, and fetches the view again now and then, as
 * the view has it do. Prints a line once all are open; ends with its standard input.
 *
 * @module
 */

const [url = "", cookie = "", pages = ""] = Deno.args;
/** As the view has it. */
const REFRESH_MS = 5_000;

const headers = { Cookie: cookie, "HX-Request": "true" };
const leaving = new AbortController();
const { signal } = leaving;

async function refresh(): Promise<void> {
  await (await fetch(`${url}/page/flow`, { headers, signal })).arrayBuffer();
}

async function open(number: number): Promise<void> {
  const live = await fetch(`${url}/page/live`, { headers, signal });
  if (!live.ok) throw new Error(await live.text());
  const again = () => void refresh().catch(() => {});
  // They did not all come at once.
  setTimeout(() => setInterval(again, REFRESH_MS), number / Number(pages) * REFRESH_MS);
  void live.body?.pipeTo(new WritableStream()).catch(() => {});
}

await Promise.all(Array.from({ length: Number(pages) }, (_, number) => open(number)));
console.log("open");
await Deno.stdin.readable.pipeTo(new WritableStream());
Deno.exit(0);
