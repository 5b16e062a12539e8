/**
 * Posts whatever a file grows by, in blocks, several at once. See `contenders/raw.ts`.
 *
 *     deno run --allow-net --allow-read bench/peers/raw_sender.ts FILE URL
 *
 * @module
 */

const BLOCK_BYTES = 350_000;
const IN_FLIGHT = 4;
const LOOK_INTERVAL_MS = 50;

const [path = "", url = ""] = Deno.args;
using file = await Deno.open(path);

/** Reads and posts block after block; waits when there is none. */
async function postBlocks(): Promise<never> {
  for (;;) {
    const block = new Uint8Array(BLOCK_BYTES);
    // Synchronous, so that nobody else moves the file's position.
    const length = file.readSync(block);
    if (length === null) await new Promise((resolve) => setTimeout(resolve, LOOK_INTERVAL_MS));
    else {await (await fetch(url, { method: "POST", body: block.subarray(0, length) })).body
        ?.cancel();}
  }
}

await Promise.all(Array.from({ length: IN_FLIGHT }, postBlocks));
