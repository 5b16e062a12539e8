import assert from "node:assert/strict";
import { createHash, createPublicKey, type KeyObject } from "node:crypto";
import { writeFileAtomically } from "../../../src/agent/identity/atomic_write.ts";
import { SignedScripts } from "../../../src/agent/responses/signed_scripts.ts";
import type { FileSource } from "../../../src/agent/upgrade/download.ts";
import { releaseInFiles } from "../../../src/agent/upgrade/file_source.ts";
import { ReleaseKeys } from "../../../src/agent/upgrade/release_keys.ts";
import { newKey, NOW_MS, RELEASE, signedBy } from "../../shared/releases/support.ts";
import { MemoryClock } from "../../support/fake_clock.ts";
import { TempFolder } from "../../support/queues.ts";

const [ours, stranger] = [newKey(), newKey()];
const { signal } = new AbortController();

/** A machine that trusts `ours`, and a server with files. */
class Machine implements Disposable {
  readonly folder = new TempFolder();
  readonly clock = new MemoryClock(NOW_MS);
  readonly data = this.folder.file("data");
  /** Names that were asked for. */
  readonly asked: string[] = [];
  isAway = false;
  trusted: KeyObject[] = [ours];
  scripts: SignedScripts;

  constructor() {
    Deno.mkdirSync(this.data, { mode: 0o700 });
    Deno.mkdirSync(this.folder.file("server"));
    this.scripts = this.start();
  }

  /** As the next process sees it. */
  start(): SignedScripts {
    const files = { trusted_keys: this.folder.file("trusted.pem"), threshold: 1 };
    const pem = this.trusted.map((key) =>
      createPublicKey(key).export({ type: "spki", format: "pem" })
    );
    Deno.writeTextFileSync(files.trusted_keys, pem.join(""), { mode: 0o644 });
    const server = releaseInFiles(this.folder.file("server/any"));
    const source: FileSource = {
      read: (request, sink) => {
        this.asked.push(request.name);
        const away = { kind: "retry" as const, reason: "away" };
        return this.isAway ? Promise.resolve(away) : server.read(request, sink);
      },
    };
    return this.scripts = new SignedScripts({
      dataFolder: this.data,
      store: new ReleaseKeys(this.data),
      files: () => this.trusted.length === 0 ? undefined : files,
      source: () => source,
      write: writeFileAtomically,
      now: () => this.clock.now(),
      retryWaits: () => ({ next: () => 0, reset: () => {} }),
      bytesPerSecond: () => 1e9,
      clock: {
        ...this.clock,
        now: () => this.clock.now(),
        monotonic: () => this.clock.monotonic(),
        sleep: () => Promise.resolve(),
      },
    });
  }

  /** Puts a script and its manifest at the server. */
  put(
    text: string,
    { release = 1, key = ours, name = "act", ...change }: {
      release?: number;
      key?: KeyObject;
      name?: string;
      sha256?: string;
      size?: number;
      expires?: string;
    } = {},
  ): void {
    const bytes = new TextEncoder().encode(text);
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    const { issued, expires } = RELEASE;
    const file = { name, size: bytes.length, sha256 };
    const signed = { type: "script" as const, release, issued, expires, ...file, ...change };
    Deno.writeFileSync(this.folder.file(`server/${name}`), bytes);
    Deno.writeTextFileSync(this.folder.file(`server/act.json`), signedBy([key], signed));
  }

  async content(isReversal = false): Promise<string> {
    const bytes = await this.scripts.content("act", { isReversal, signal });
    return new TextDecoder().decode(bytes);
  }

  get stored(): string[] {
    return [...Deno.readDirSync(`${this.data}/signed-scripts`)].map(({ name }) => name).sort();
  }

  [Symbol.dispose](): void {
    this.folder[Symbol.dispose]();
  }
}

function test(name: string, run: (machine: Machine) => Promise<void>): void {
  Deno.test({
    name: `SignedScripts ${name}`,
    ignore: Deno.build.os === "windows",
    async fn() {
      using machine = new Machine();
      await run(machine);
    },
  });
}

test("brings a script that is signed, and keeps it for its user alone", async (machine) => {
  machine.put("echo one");
  assert.equal(machine.scripts.has("act"), false);
  assert.equal(await machine.content(), "echo one");
  const hash = createHash("sha256").update("echo one").digest("hex");
  assert.deepEqual(machine.stored, [hash, "act.json"].sort());
  assert.equal((Deno.statSync(`${machine.data}/signed-scripts`).mode ?? 0) & 0o777, 0o700);
  assert.equal((Deno.statSync(`${machine.data}/signed-scripts/${hash}`).mode ?? 0) & 0o777, 0o700);
  assert.equal(machine.scripts.has("act"), true);
});

test("asks for a newer one after ten minutes, and not before", async (machine) => {
  machine.put("echo one");
  await machine.content();
  machine.put("echo two", { release: 2 });
  const asked = machine.asked.length;
  assert.equal(await machine.content(), "echo one");
  assert.equal(machine.asked.length, asked);
  await machine.clock.advance(600_000);
  assert.equal(await machine.content(), "echo two");
  assert.equal(machine.stored.length, 2);
});

test("takes what is here while the server is away, also in the next process", async (machine) => {
  machine.put("echo one");
  await machine.content();
  machine.isAway = true;
  machine.start();
  assert.equal(await machine.content(), "echo one");
});

test("refuses what is not signed by a trusted key, is older, is another's or is over", async (machine) => {
  machine.put("echo two", { release: 2 });
  await machine.content();
  const refusals: [Parameters<Machine["put"]>[1], RegExp][] = [
    [{ key: stranger, release: 3 }, /refused \(key_unknown\)/],
    [{ release: 1 }, /refused \(older_release\)/],
    [{ name: "other", release: 3 }, /refused \(wrong_name\)/],
    [{ expires: "2026-11-26T04:00:00Z", release: 3 }, /refused \(expired\)/],
    [{ size: 10 ** 9, release: 3 }, /refused \(too_large\)/],
    [{ sha256: "0".repeat(64), release: 3 }, /SHA-256/],
    [{ size: 3, release: 3 }, /longer than/],
  ];
  for (const [change, reason] of refusals) {
    machine.put("echo evil", change);
    // What is here counts on, unless it is gone.
    machine.start();
    assert.equal(await machine.content(), "echo two");
    using fresh = new Machine();
    if (change?.release === 1) continue;
    fresh.put("echo evil", change);
    await assert.rejects(fresh.content(), reason);
    const left = fresh.scripts.has("act");
    assert.equal(left, false);
  }
});

test("runs nothing that was changed on the disk, and brings it anew", async (machine) => {
  machine.put("echo one");
  await machine.content();
  const [hash = ""] = machine.stored.filter((name) => name !== "act.json");
  const path = `${machine.data}/signed-scripts/${hash}`;
  Deno.writeTextFileSync(path, "echo evil");
  assert.equal(await machine.content(), "echo one");
  Deno.removeSync(path);
  Deno.symlinkSync("/bin/sh", path);
  assert.equal(await machine.content(true), "echo one");
  assert.equal(Deno.lstatSync(path).isFile, true);
  Deno.writeTextFileSync(path, "echo evil");
  machine.isAway = true;
  await assert.rejects(machine.content(true), /away/);
});

test("takes for a reversal what enabled it, also when its time is over and nobody is asked", async (machine) => {
  machine.put("echo one", { expires: "2026-11-26T05:00:01Z" });
  await machine.content();
  machine.isAway = true;
  machine.start();
  await machine.clock.advance(5_000);
  await assert.rejects(machine.content(), /away/);
  assert.equal(await machine.content(true), "echo one");
});

test("says that nobody's keys are trusted, and what the server does not have", async (machine) => {
  await assert.rejects(machine.content(), /the server has no signed script "act"/);
  machine.trusted = [];
  machine.put("echo one");
  await assert.rejects(machine.content(), /upgrade\.trusted_keys names nobody's keys/);
});

test("believes a script no more once its key is taken away", async (machine) => {
  machine.put("echo one");
  await machine.content();
  machine.trusted = [stranger];
  machine.start();
  await assert.rejects(machine.content(), /key_unknown/);
  await assert.rejects(machine.content(true), /key_unknown/);
});
