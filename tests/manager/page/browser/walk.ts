/**
 * The page in a real Chromium: what only a browser can say. One browser and one manager for all steps; each step's result is a line.
 *
 * A program of its own, as Playwright asks for all permissions: it looks into /proc/sys.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Browser, BrowserContextOptions, Cookie, Page } from "playwright-core";
import { type RunningManager, startManager } from "../../../../src/manager/server.ts";
import { openChromium, type StepResult } from "./chromium.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { command } from "../../commands/scene.ts";
import { KEY, TestClient } from "../../harness.ts";

/** What takes longer has failed. */
const PATIENCE_MS = 60_000;
const PASSWORD = "topsecret";
const NAME = `<script>alert("1")</script>`;
const VIEWS = [
  "/page/fleet",
  "/page/agents/019a0000-0000-7000-8000-000000000002",
  "/page/orders",
  "/page/flow",
  "/page/nodes",
];

/** A manager that listens, with 120 agents of which ten have been heard of, and a browser. */
class Scene implements AsyncDisposable {
  readonly clock = new FakeClock();
  readonly ids: string[] = [];
  /** What browsers said on their consoles, and what the policy of the page refused. */
  readonly complaints: string[] = [];
  #cookies: Cookie[] = [];

  private constructor(readonly browser: Browser, public running: RunningManager) {}

  static async open(executable: string): Promise<Scene> {
    const clock = new FakeClock();
    const running = await startManager({
      ...{ http: true, managementPort: 0, commsPort: 0, password: PASSWORD, clock },
      // Nothing watches connections: with a clock that jumps they would be cut.
      ...{ maxConnections: 0, maxConnectionsPerAddress: 0 },
    });
    const scene = new Scene(await openChromium(executable), running);
    Object.assign(scene, { clock });
    for (let number = 1; number <= 120; number++) scene.#add(number);
    return scene;
  }

  #add(number: number): void {
    const { store, keepAlive } = this.running.manager;
    const id = `019a0000-0000-7000-8000-${String(number).padStart(12, "0")}`;
    const name = number === 1 ? NAME : `agent-${number}`;
    const version = number % 3 === 0 ? "0.1.9" : "0.2.0";
    const groups = number % 2 === 0 ? ["web"] : [];
    store.agents.add({ id, name, key: KEY, version, groups, registeredAtMs: this.clock.now() });
    if (number <= 10) keepAlive.heard(id, "poll", "192.0.2.1");
    this.ids.push(id);
  }

  get url(): string {
    return this.running.managementUrl;
  }

  /** A page of somebody who is logged in, at the fleet. */
  async visit(options: BrowserContextOptions = {}): Promise<Page> {
    const cookies = await this.#session();
    const context = await this.browser.newContext(options);
    await context.addCookies(cookies);
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    page.on("console", (message) => {
      if (message.type() !== "log") this.complaints.push(message.text());
    });
    page.on("pageerror", (error) => this.complaints.push(error.message));
    page.on("dialog", (dialog) => this.complaints.push(`dialog: ${dialog.message()}`));
    await page.goto(`${this.url}/page/fleet`);
    return page;
  }

  /** A session that was opened by the form, with the keyboard. */
  async #session(): Promise<Cookie[]> {
    if (this.#cookies.length > 0) return this.#cookies;
    const context = await this.browser.newContext();
    const page = await context.newPage();
    await page.goto(`${this.url}/page/fleet`);
    // The browser puts the focus there a moment after the page is loaded.
    await page.locator("input:focus").waitFor();
    await page.keyboard.type("wazuh");
    await page.keyboard.press("Tab");
    await page.keyboard.type(PASSWORD);
    await page.keyboard.press("Enter");
    await page.waitForURL("**/page/fleet");
    this.#cookies = await context.cookies();
    await context.close();
    return this.#cookies;
  }

  /** The next to visit logs in anew. */
  forgetSession(): void {
    this.#cookies = [];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.browser.close();
    await this.running.stop();
  }
}

/** The counts of the bar by kind, as they are shown. */
async function countsOn(page: Page): Promise<Record<string, { value: number; href: string }>> {
  const links = await page.locator("[data-count]").evaluateAll((all) =>
    all.map((link) => [
      link.getAttribute("data-count"),
      { value: Number(link.querySelector("data")?.value), href: link.getAttribute("href") },
    ])
  );
  return Object.fromEntries(links as [string, { value: number; href: string }][]);
}

async function rowsOn(page: Page): Promise<number> {
  return await page.locator("tr[id^=agent-]").count();
}

async function walk(scene: Scene, step: (name: string, run: () => Promise<void>) => Promise<void>) {
  const { clock, ids, running: { manager } } = scene;

  await step("no view makes the browser complain, of the policy or of anything", async () => {
    const page = await scene.visit();
    for (const view of VIEWS) {
      await page.goto(`${scene.url}${view}`);
      await page.locator("main").waitFor();
      await page.locator("#pulse").waitFor();
    }
    assert.equal(await page.locator("#flow .uplot").count(), 0);
    await page.goto(`${scene.url}/page/flow`);
    await page.locator("#flow .uplot canvas").waitFor();
    assert.deepEqual(scene.complaints, []);
    await page.context().close();
  });

  await step("each count is that of the API, and its list has as many agents", async () => {
    const page = await scene.visit();
    const client = new TestClient(fetch, scene.url);
    const stats = await client.stats();
    const counts = await countsOn(page);
    assert.equal(counts.all?.value, stats.agents);
    assert.equal(counts.active?.value, 10);
    for (const [state, agents] of Object.entries(stats.agents_by_status)) {
      assert.equal(counts[state]?.value, agents);
      if (Number(agents) > 100) continue;
      await page.goto(`${scene.url}${counts[state]?.href}`);
      assert.equal(await rowsOn(page), agents, state);
    }
    await page.context().close();
  });

  await step(
    "an agent that is lost turns disconnected on the open page, without a reload",
    async () => {
      const page = await scene.visit();
      await page.evaluate("globalThis.isSamePage = true");
      const pill = page.locator(`#agent-${ids[1]} .pill`);
      await page.goto(`${scene.url}/page/fleet?text=agent-2&order=name`);
      await page.evaluate("globalThis.isSamePage = true");
      assert.equal(await pill.textContent(), "Active");
      await page.locator("#pulse").waitFor();
      for (let passedMs = 0; passedMs < 200_000; passedMs += 20_000) {
        for (const id of ids.slice(2, 10)) manager.keepAlive.heard(id, "poll", "192.0.2.1");
        await clock.advance(20_000);
      }
      await page.locator(`#agent-${ids[1]} .pill.disconnected`).waitFor();
      await page.locator('[data-count=disconnected] data[value="2"]').waitFor();
      assert.equal(await page.evaluate("globalThis.isSamePage"), true);
      await page.context().close();
    },
  );

  await step(
    "a view that renews itself keeps what is open open, and the focus where it is",
    async () => {
      const page = await scene.visit();
      await page.goto(`${scene.url}/page/agents/${ids[1]}`);
      await page.locator("#pulse").waitFor();
      await page.focus("summary");
      await page.keyboard.press("Enter");
      await page.locator("details[open]").waitFor();
      const renewed = page.waitForResponse((answer) => answer.url().endsWith(`${ids[1]}`));
      manager.keepAlive.heard(ids[1] ?? "", "poll", "192.0.2.99");
      await clock.advance(2_000);
      await (await renewed).finished();
      await page.locator("dd", { hasText: "192.0.2.99" }).waitFor();
      assert.equal(await page.locator("details[open]").count(), 1);
      assert.equal(await page.evaluate("document.activeElement.tagName"), "SUMMARY");
      await page.context().close();
    },
  );

  await step("a name that looks like a script stays text", async () => {
    const page = await scene.visit();
    await page.goto(`${scene.url}/page/fleet?text=${encodeURIComponent("<script>")}`);
    assert.equal(await page.locator(`#agent-${ids[0]} .agent`).textContent(), NAME);
    assert.deepEqual(scene.complaints, []);
    await page.context().close();
  });

  await step("typing filters the list at once, and the address says so", async () => {
    const page = await scene.visit();
    await page.fill("input[name=text]", "agent-77");
    await page.locator('.found data[value="1"]').waitFor();
    assert.equal(await rowsOn(page), 1);
    assert.match(page.url(), /text=agent-77/);
    assert.equal(await page.evaluate("document.activeElement.name"), "text");
    await page.context().close();
  });

  await step(
    "the keyboard is enough: to the content, through the filter, to the next page",
    async () => {
      const page = await scene.visit();
      await page.keyboard.press("Tab");
      await page.keyboard.press("Enter");
      assert.equal(await page.evaluate("document.activeElement.id"), "main");
      await tabTo(page, "document.activeElement.name === 'version'");
      await page.keyboard.press("ArrowDown");
      await page.locator('.found data[value="80"]').waitFor();
      await page.goto(`${scene.url}/page/fleet`);
      await tabTo(page, "document.activeElement.textContent === 'Next page'", "Shift+Tab");
      await page.keyboard.press("Enter");
      await page.waitForURL("**cursor=**");
      assert.equal(await rowsOn(page), 20);
      await page.context().close();
    },
  );

  await step("nothing is wider than a screen of 360 pixels", async () => {
    const page = await scene.visit({ viewport: { width: 360, height: 740 } });
    for (const view of VIEWS) {
      await page.goto(`${scene.url}${view}`);
      assert.ok(Number(await page.evaluate("document.documentElement.scrollWidth")) <= 360, view);
    }
    await page.context().close();
  });

  await step("how far a request is can be seen on a screen of 360 pixels too", async () => {
    const token = await new TestClient(fetch, scene.url).userToken();
    const ordered = await fetch(`${scene.url}/_plugins/_command_manager/commands`, {
      method: "POST",
      headers: { "Authorization": `Bearer ${token}`, "Content-Type": "application/json" },
      body: JSON.stringify({ commands: [command({ target: { type: "agent", id: ids[0] } })] }),
    });
    assert.equal(ordered.status, 200, await ordered.text());
    const page = await scene.visit({ viewport: { width: 360, height: 740 } });
    await page.goto(`${scene.url}/page/orders`);
    const [bar, cell] = await Promise.all([
      page.locator("td .progress svg").boundingBox(),
      page.locator("td:has(.progress)").boundingBox(),
    ]);
    assert.ok(bar !== null && cell !== null);
    assert.ok(bar.x + bar.width <= cell.x + cell.width, "the bar is cut off");
    await page.context().close();
  });

  await step("it is dark where the browser is", async () => {
    const ground = async (colorScheme: "light" | "dark") => {
      const page = await scene.visit({ colorScheme });
      const color = String(await page.evaluate("getComputedStyle(document.body).backgroundColor"));
      await page.context().close();
      return Math.max(...color.matchAll(/\d+/g).map(Number));
    };
    assert.ok(await ground("light") > 200);
    assert.ok(await ground("dark") < 60);
  });

  await step("without scripts: log in, filter, next page, log out", async () => {
    const page = await scene.visit({ javaScriptEnabled: false });
    await page.click("text=Next page");
    assert.equal(await rowsOn(page), 20);
    await page.selectOption("select[name=status]", "active");
    await page.click("text=Show");
    assert.equal(await rowsOn(page), manager.keepAlive.views.counts().active);
    for (const view of VIEWS) {
      await page.goto(`${scene.url}${view}`);
      await page.locator("h1").waitFor();
    }
    await page.click("text=Log out");
    await page.waitForURL("**/page/log-in");
    scene.forgetSession();
    await page.context().close();
  });

  await step("when the manager is gone, the page says that its figures are old", async () => {
    const page = await scene.visit();
    await page.locator("#pulse").waitFor();
    assert.equal(await page.locator("#banner").isVisible(), false);
    assert.deepEqual(scene.complaints, []);
    await scene.running.stop();
    await page.locator("#banner", { hasText: "No news from the manager since" }).waitFor();
    await page.context().close();
  });
}

/** Presses Tab until `condition` holds in the page. */
async function tabTo(page: Page, condition: string, key = "Tab"): Promise<void> {
  for (let presses = 0; presses < 200; presses++) {
    if (await page.evaluate(condition)) return;
    await page.keyboard.press(key);
  }
  assert.fail(`No ${key} leads to ${condition}`);
}

const [executable = ""] = Deno.args;
let failed = 0;
{
  await using scene = await Scene.open(executable);
  await walk(scene, async (name, run) => {
    const problem = await run().then(() => undefined, (error) => String(error?.stack ?? error));
    if (problem !== undefined) failed++;
    const said = scene.complaints.splice(0);
    console.log(JSON.stringify({ name, problem, said } satisfies StepResult));
  });
}
Deno.exit(failed === 0 ? 0 : 1);
