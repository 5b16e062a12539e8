/**
 * The page of a manager of a cluster in a real Chromium, while two of its three servers are killed. The result is a line, as in `walk.ts`.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { startManager } from "../../../../src/manager/server.ts";
import { NatsCluster } from "../../../support/nats_cluster.ts";
import { clusterOptions } from "../../stores/contract.ts";
import { openChromium, type StepResult } from "./chromium.ts";

const PATIENCE_MS = 120_000;
const PASSWORD = "topsecret";

async function logIn(page: Page, url: string): Promise<void> {
  page.setDefaultTimeout(PATIENCE_MS);
  await page.goto(`${url}/page/nodes`);
  await page.fill("input[name=user]", "wazuh");
  await page.fill("input[name=password]", PASSWORD);
  await page.keyboard.press("Enter");
  await page.locator("#pulse").waitFor();
}

/** An open page that nobody loads anew. */
async function watchKills(page: Page, cluster: NatsCluster): Promise<void> {
  const banner = page.locator(".troubles");
  await page.locator('[data-stream$="_EVENTS_0"]', { hasText: "3 current" }).waitFor();
  assert.equal(await banner.count(), 0);
  await page.evaluate("globalThis.isSamePage = true");
  const killed = cluster.servers.slice(1);
  await Promise.all(killed.map((server) => server.goAway()));
  await banner.filter({ hasText: /^The broker is away since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC: / })
    .waitFor();
  assert.equal(await page.evaluate("globalThis.isSamePage"), true);
}

const [executable = ""] = Deno.args;
let problem: string | undefined;
const said: string[] = [];
{
  await using cluster = await NatsCluster.start();
  const options = clusterOptions(cluster.urls, { replicas: 3 });
  await using running = await startManager({
    ...{ http: true, managementPort: 0, commsPort: 0, password: PASSWORD, cluster: options },
  });
  const browser = await openChromium(executable);
  const page = await browser.newPage();
  page.on("console", (message) => void said.push(message.text()));
  page.on("pageerror", (error) => void said.push(error.message));
  problem = await logIn(page, running.managementUrl).then(() => watchKills(page, cluster))
    .then(() => undefined, (error) => String(error?.stack ?? error));
  await browser.close();
}
const name = "an open page says since when the quorum is gone, without a reload";
console.log(JSON.stringify({ name, problem, said } satisfies StepResult));
Deno.exit(problem === undefined ? 0 : 1);
