import assert from "node:assert/strict";
import { createPublicKey, type KeyObject } from "node:crypto";
import { learnKeys } from "../../../src/agent/upgrade/learn_keys.ts";
import type { FileSource, PartOutcome } from "../../../src/agent/upgrade/download.ts";
import { releaseInFiles } from "../../../src/agent/upgrade/file_source.ts";
import { ReleaseKeys } from "../../../src/agent/upgrade/release_keys.ts";
import { keyEntry } from "../../../src/shared/releases/key_change.ts";
import type { Manifest } from "../../../src/shared/releases/manifest.ts";
import { newKey, NOW_MS, RELEASE, signedBy, trusted } from "../../shared/releases/support.ts";
import { TempFolder } from "../../support/queues.ts";

const [first, second, third, stranger] = [newKey(), newKey(), newKey(), newKey()];

/** A change of the keys to `to`, signed by `by` and by them. */
function change(
  number: number,
  { by, to, threshold = 1, expires = RELEASE.expires }: {
    by: KeyObject[];
    to: KeyObject[];
    threshold?: number;
    expires?: string;
  },
): string {
  const keys = to.map((key) => keyEntry(createPublicKey(key)));
  const { issued } = RELEASE;
  const signed: Manifest["signed"] = {
    type: "agent-keys",
    release: number,
    issued,
    expires,
    threshold,
    keys,
  };
  return signedBy([...by, ...to], signed);
}

/** A machine that trusts `first`, and a folder of what it may download. */
class Machine implements Disposable {
  readonly folder = new TempFolder();
  readonly store = new ReleaseKeys(this.folder.path);
  readonly files = { trusted_keys: this.folder.file("trusted.pem"), threshold: 1 };

  constructor() {
    this.trust(first);
    Deno.mkdirSync(this.folder.file("releases"));
  }

  trust(...keys: KeyObject[]): void {
    const pem = keys.map((key) => createPublicKey(key).export({ type: "spki", format: "pem" }));
    Deno.writeTextFileSync(this.files.trusted_keys, pem.join(""), { mode: 0o644 });
  }

  put(number: number, text: string): void {
    Deno.writeTextFileSync(this.folder.file(`releases/agent-keys-${number}.json`), text);
  }

  async learn(changes: Partial<Parameters<typeof learnKeys>[0]> = {}) {
    const { keys, ...learnt } = await learnKeys({
      store: this.store,
      files: this.files,
      source: releaseInFiles(this.folder.file("releases/agent-1.4.0.json")),
      nowMs: NOW_MS,
      keeps: true,
      retryWaits: { next: () => 0 },
      clock: { sleep: () => Promise.resolve() },
      signal: AbortSignal.timeout(10_000),
      ...changes,
    });
    return { ...learnt, ids: keys.map(({ id }) => id) };
  }

  [Symbol.dispose](): void {
    this.folder[Symbol.dispose]();
  }
}

const ids = (...keys: KeyObject[]) => trusted(...keys).map(({ id }) => id);

Deno.test("the files' keys count until a change comes that they signed, and from then on those of the change", async () => {
  using machine = new Machine();
  assert.deepEqual((await machine.learn()).ids, ids(first));
  machine.put(1, change(1, { by: [first], to: [second] }));
  const learnt = await machine.learn();
  assert.deepEqual([learnt.ids, learnt.changes, learnt.problem], [ids(second), 1, undefined]);
  // What came is kept, also when nobody tells it again.
  Deno.removeSync(machine.folder.file("releases/agent-keys-1.json"));
  assert.deepEqual((await machine.learn()).ids, ids(second));
});

Deno.test("a machine that missed changes takes them one after the other", async () => {
  using machine = new Machine();
  machine.put(1, change(1, { by: [first], to: [second] }));
  machine.put(2, change(2, { by: [second], to: [second, third], threshold: 2 }));
  const learnt = await machine.learn();
  assert.deepEqual([learnt.ids, learnt.threshold, learnt.changes], [ids(second, third), 2, 2]);
  machine.put(3, change(3, { by: [third], to: [third] }));
  assert.match((await machine.learn()).problem ?? "", /agent-keys-3.json.*signed it: 1 of 2/);
});

Deno.test("a change that strangers signed, that is not the next one, expired or is none changes nothing", async () => {
  using machine = new Machine();
  const cases: [string, RegExp][] = [
    [change(1, { by: [stranger], to: [second] }), /is not trusted/],
    [change(2, { by: [first], to: [second] }), /it is change 2 of the keys, and 1 comes next/],
    [change(1, { by: [first], to: [second], expires: "2026-11-26T00:00:01Z" }), /expired/],
    [signedBy([first]), /of type agent-release, not agent-keys/],
    ["<!doctype html>", /not a JSON object/],
    [" ".repeat(1_000_000), /longer than/],
  ];
  for (const [text, problem] of cases) {
    machine.put(1, text);
    const learnt = await machine.learn();
    assert.match(learnt.problem ?? "", problem);
    assert.deepEqual([learnt.ids, learnt.changes], [ids(first), 0]);
  }
});

Deno.test("a change that was taken counts for good, also once it has expired", async () => {
  using machine = new Machine();
  machine.put(1, change(1, { by: [first], to: [second] }));
  await machine.learn();
  const later = await machine.learn({ nowMs: Date.parse(RELEASE.expires) + 1 });
  assert.deepEqual(later.ids, ids(second));
});

Deno.test("other keys in the files end what was built on those before", async () => {
  using machine = new Machine();
  machine.put(1, change(1, { by: [first], to: [second] }));
  await machine.learn();
  machine.trust(third);
  const source = machine.folder.file("releases/agent-keys-1.json");
  Deno.removeSync(source);
  assert.deepEqual((await machine.learn()).ids, ids(third));
  machine.put(1, change(1, { by: [third], to: [stranger] }));
  assert.deepEqual((await machine.learn()).ids, ids(stranger));
  machine.trust(third, first);
  assert.deepEqual((await machine.learn()).ids, ids(stranger));
});

Deno.test("a look that is to change nothing keeps nothing", async () => {
  using machine = new Machine();
  machine.put(1, change(1, { by: [first], to: [second] }));
  assert.deepEqual((await machine.learn({ keeps: false })).ids, ids(second));
  assert.deepEqual(machine.store.inForce(machine.files).changes, 0);
});

Deno.test("a damaged record of changes is not taken for none", async () => {
  using machine = new Machine();
  Deno.writeTextFileSync(machine.folder.file("release-keys.json"), "{", { mode: 0o600 });
  await assert.rejects(machine.learn(), { reason: "no_keys", message: /which keys count/ });
});

Deno.test("whether there is a change has to be known: a server that does not say is asked again, and then nothing is installed", async () => {
  using machine = new Machine();
  let asked = 0;
  const failing = (outcome: PartOutcome, until = Infinity): FileSource => ({
    read: () => Promise.resolve(++asked < until ? outcome : { kind: "give_up", reason: "404" }),
  });
  const busy: PartOutcome = { kind: "retry", reason: "503" };
  assert.deepEqual((await machine.learn({ source: failing(busy, 5) })).ids, ids(first));
  assert.equal(asked, 5);
  asked = 0;
  await assert.rejects(machine.learn({ source: failing(busy) }), {
    reason: "download_failed",
    message: /cannot know whether keys have changed \("agent-keys-1\.json"\): 503/,
  });
  assert.equal(asked, 8);
});

Deno.test("a server that sends without an end is cut off", async () => {
  using machine = new Machine();
  let sent = 0;
  const source: FileSource = {
    async read(_, sink) {
      for (;; sent++) await sink.write(new Uint8Array(65_536));
    },
  };
  assert.match((await machine.learn({ source })).problem ?? "", /longer than/);
  assert.ok(sent < 6);
});
