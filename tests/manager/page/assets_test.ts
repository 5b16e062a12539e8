import assert from "node:assert/strict";
import { TestManager } from "../harness.ts";
import { openPage, Visitor } from "./visitor.ts";

Deno.test("page: nothing comes from another host, and nothing stands in the document that its policy forbids", async () => {
  const { manager, visitor } = await openPage();
  await using _manager = manager;
  for (const path of ["/page/fleet", "/page/log-in"]) {
    const answer = await visitor.get(path);
    const policy = answer.headers.get("Content-Security-Policy") ?? "";
    assert.match(policy, /^default-src 'self';/);
    assert.doesNotMatch(policy, /unsafe|https?:|\*/);
    const text = await answer.text();
    assert.doesNotMatch(text, /\sstyle=|\son[a-z]+=|<style|javascript:/i);
    assert.deepEqual(text.match(/<script(?![^>]* src="\/page\/assets\/)/g), null);
    assert.deepEqual(text.match(/(?:src|href|action)="(?!\/page\/|#)[^"]*"/g), null);
    assert.equal(answer.headers.get("Cache-Control"), "no-store");
  }
});

Deno.test("page: scripts and styles are served for ever, by names that change with what is in them, to anybody", async () => {
  const { manager, visitor } = await openPage();
  await using _manager = manager;
  const text = await visitor.read("/page/fleet");
  const paths = [...text.matchAll(/"(\/page\/assets\/[^"]+)"/g)].map(([, path = ""]) => path);
  assert.ok(new Set(paths).size >= 3, String(paths));
  for (const path of paths) {
    const answer = await new Visitor(manager).get(path);
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get("Cache-Control"), "public, max-age=31536000, immutable");
    assert.match(path, /\.[0-9a-f]{12}\.(js|css|svg)$/);
    assert.ok((await answer.text()).length > 100);
  }
  const other = await new Visitor(manager).get("/page/assets/page.000000000000.js");
  assert.equal(other.status, 404);
});

Deno.test("page: / leads to it, and what is not there is said", async () => {
  await using manager = await TestManager.open();
  const visitor = new Visitor(manager);
  assert.equal((await visitor.get("/")).headers.get("Location"), "/page/fleet");
  await visitor.logIn();
  assert.equal((await visitor.get("/page/nothing")).status, 404);
  assert.equal((await visitor.post("/page/fleet")).status, 405);
});
