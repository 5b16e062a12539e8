/**
 * Getting a small text, such as a manifest, whose hash nobody knows before.
 *
 * @module
 */

import type { Clock } from "../../shared/clock.ts";
import { MAX_MANIFEST_BYTES } from "../../shared/releases/manifest.ts";
import type { FileSource } from "./download.ts";
import { UpgradeRefusal } from "./refusal.ts";

const MOST_TRIES = 8;

/** What the asking works with. */
export interface SmallFileDeps {
  source: FileSource;
  retryWaits: { next(afterMs?: number): number };
  clock: Pick<Clock, "sleep">;
  signal: AbortSignal;
}

/**
 * The text of a file; `undefined` when there is none.
 *
 * @param failing begins the message when it cannot be known, such as `cannot know whether keys have changed`
 * @throws {UpgradeRefusal} `download_failed`; the signal's reason
 */
export async function fetchText(
  name: string,
  failing: string,
  { source, retryWaits, clock, signal }: SmallFileDeps,
): Promise<string | undefined> {
  for (let tries = 1;; tries++) {
    const body = new SmallBody();
    const request = { name, sha256: "", offset: 0, signal };
    const outcome = await source.read(request, body).catch((error) => {
      if (body.isFull) return { kind: "done" as const };
      throw error;
    });
    if (outcome.kind === "done") return body.text;
    if (outcome.kind === "give_up") return undefined;
    if (tries >= MOST_TRIES) {
      throw new UpgradeRefusal("download_failed", `${failing} ("${name}"): ${outcome.reason}`);
    }
    await clock.sleep(retryWaits.next(outcome.afterMs), signal);
  }
}

/** Takes a little more than a manifest may have at most, which tells that it is none, and no more. */
class SmallBody {
  #bytes = new Uint8Array(0);

  get isFull(): boolean {
    return this.#bytes.length > MAX_MANIFEST_BYTES + 1;
  }

  get text(): string {
    return new TextDecoder().decode(this.#bytes);
  }

  start(): void {
    this.#bytes = new Uint8Array(0);
  }

  write(bytes: Uint8Array): Promise<void> {
    const part = bytes.subarray(0, MAX_MANIFEST_BYTES + 2 - this.#bytes.length);
    const joined = new Uint8Array(this.#bytes.length + part.length);
    joined.set(this.#bytes);
    joined.set(part, this.#bytes.length);
    this.#bytes = joined;
    return this.isFull ? Promise.reject(new RangeError("too long")) : Promise.resolve();
  }
}
