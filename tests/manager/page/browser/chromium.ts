/**
 * A real browser for tests: Debian's Chromium, driven by Playwright, which downloads nothing.
 *
 * @module
 */

import type { Browser } from "playwright-core";

const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Where a Chromium is on this machine; `undefined` when there is none. */
export const CHROMIUM = PLACES.find((path) => {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
});

/** What a step came to, as a line of JSON. */
export interface StepResult {
  name: string;
  /** Why it failed; missing when it did not. */
  problem: string | undefined;
  /** What the browser complained of meanwhile. */
  said: string[];
}

/** Starts it, without a window. */
export async function openChromium(executablePath: string): Promise<Browser> {
  const { chromium } = await import("playwright-core");
  // Its sandbox does not work for root, who runs the tests in containers.
  return await chromium.launch({ executablePath, args: ["--no-sandbox"] });
}
