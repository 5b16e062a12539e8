import assert from "node:assert/strict";
import { symlinkSync } from "node:fs";
import { FileFinder } from "../../../../src/agent/modules/logcollector/finding/file_finder.ts";
import { LinkRule } from "../../../../src/agent/modules/logcollector/finding/link_rule.ts";
import { OpenFile } from "../../../../src/agent/modules/logcollector/files/open_file.ts";
import { LogFolder, READ_INTERVAL_MS } from "../support/log_folder.ts";

const isLinux = Deno.build.os === "linux";
const isRoot = isLinux && Deno.uid() === 0;

Deno.test("OpenFile does not wait for the writer of a FIFO, and refuses it", () => {
  if (!isLinux) return;
  const folder = Deno.makeTempDirSync();
  assert.ok(new Deno.Command("mkfifo", { args: [`${folder}/a.log`] }).outputSync().success);
  assert.throws(() => new OpenFile(`${folder}/a.log`), /not a regular file/);
  Deno.removeSync(folder, { recursive: true });
});

Deno.test("LinkRule follows links of the target's owner and of root only (as root on Linux)", () => {
  if (!isRoot) return;
  const folder = Deno.realPathSync(Deno.makeTempDirSync());
  const path = (name: string) => `${folder}/${name}`;
  Deno.writeTextFileSync(path("secret"), "secret\n");
  Deno.writeTextFileSync(path("own"), "own\n");
  Deno.mkdirSync(path("folder"));
  Deno.writeTextFileSync(path("folder/secret"), "secret\n");
  for (
    const [link, to] of [["a.log", "secret"], ["b.log", "own"], ["c", "folder"], ["d.log", "own"]]
  ) {
    symlinkSync(path(to ?? ""), path(link ?? ""));
  }
  Deno.chownSync(path("own"), 1_000, 1_000);
  const chown = ["-h", "1000", path("a.log"), path("b.log"), path("c")];
  assert.ok(new Deno.Command("chown", { args: chown }).outputSync().success);
  const rule = new LinkRule("owner");
  assert.throws(() => rule.open(path("a.log")), /link of user 1000 to a file of user 0/);
  assert.throws(() => rule.open(path("c/secret")), /link of user 1000 to a file of user 0/);
  for (const allowed of ["b.log", "d.log"]) rule.open(path(allowed))[Symbol.dispose]();
  new LinkRule("always").open(path("a.log"))[Symbol.dispose]();
  assert.throws(() => new LinkRule("never").open(path("d.log")), /links are not followed/);
  const { files, problems } = new FileFinder([{ location: path("*.log") }]).find();
  assert.deepEqual(files.map((file) => file.path), [path("b.log"), path("d.log")]);
  assert.match(problems.get(path("a.log")) ?? "", /link of user 1000/);
  Deno.removeSync(folder, { recursive: true });
});

Deno.test("LinkRule follows no second name of a file that others may have put there (as root on Linux)", () => {
  if (!isRoot) return;
  const folder = Deno.realPathSync(Deno.makeTempDirSync());
  const path = (name: string) => `${folder}/${name}`;
  Deno.writeTextFileSync(path("secret"), "secret\n");
  for (
    const [name, uid, mode] of [["theirs", 1_000, 0o755], ["ours", 0, 0o755], [
      "open",
      0,
      0o777,
    ]] as const
  ) {
    Deno.mkdirSync(path(name));
    Deno.chownSync(path(name), uid, uid);
    Deno.chmodSync(path(name), mode);
    Deno.linkSync(path("secret"), path(`${name}/a.log`));
  }
  const rule = new LinkRule("owner");
  for (const planted of ["theirs", "open"]) {
    assert.throws(
      () => rule.open(path(`${planted}/a.log`)),
      /has 4 names, and others than its owner/,
    );
  }
  rule.open(path("ours/a.log"))[Symbol.dispose]();
  Deno.chownSync(path("secret"), 1_000, 1_000);
  rule.open(path("theirs/a.log"))[Symbol.dispose]();
  new LinkRule("always").open(path("open/a.log"))[Symbol.dispose]();
  const { problems } = new FileFinder([{ location: path("open/*.log") }]).find();
  assert.match(problems.get(path("open/a.log")) ?? "", /has 4 names/);
  Deno.removeSync(folder, { recursive: true });
});

Deno.test("LinkRule never reads a secret nor waits while somebody exchanges the file all the time (as root on Linux)", async () => {
  if (!isRoot) return;
  const folder = Deno.realPathSync(Deno.makeTempDirSync());
  Deno.writeTextFileSync(`${folder}/secret`, "secret\n");
  const swap = `cd ${folder}/f; until [ -e ../stop ]; do
    printf 'log\\n' > n; mv n a.log; ln -s ../secret n; chown -h 1000 n; mv n a.log; mkfifo n; mv n a.log
    ln -s /dev/zero n; chown -h 1000 n; mv -T n a.log; ln ../secret n; mv n a.log; mkdir n; mv -T n a.log 2>/dev/null; rm -rf n a.log
  done`;
  Deno.mkdirSync(`${folder}/f`);
  Deno.chownSync(`${folder}/f`, 1_000, 1_000);
  const attacker = new Deno.Command("sh", { args: ["-c", swap], stdout: "null", stderr: "null" })
    .spawn();
  const rule = new LinkRule("owner");
  const seen = new Set<string>();
  try {
    for (let tries = 0; tries < 20_000; tries++) {
      try {
        using file = rule.open(`${folder}/f/a.log`);
        seen.add(new TextDecoder().decode(file.readHead()));
      } catch (error) {
        assert.ok(error instanceof Error);
      }
      if (tries % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 0));
    }
  } finally {
    // Killed, it would leave a program behind that still makes files.
    Deno.writeTextFileSync(`${folder}/stop`, "");
    await attacker.status;
  }
  assert.deepEqual([...seen].filter((text) => text !== "" && text !== "log\n"), []);
  Deno.removeSync(folder, { recursive: true });
});

Deno.test("FileFinder.find() names files whose names are not UTF-8", () => {
  if (!isLinux) return;
  const folder = Deno.makeTempDirSync();
  const made = new Deno.Command("sh", { args: ["-c", `: > "$(printf '${folder}/a\\377.log')"`] });
  assert.ok(made.outputSync().success);
  const { files, problems } = new FileFinder([{ location: `${folder}/*.log` }]).find();
  assert.deepEqual(files, []);
  assert.match([...problems.values()].join(), /not UTF-8/);
  Deno.removeSync(folder, { recursive: true });
});

Deno.test("Logcollector never reads what lies beside a log and is not configured", async () => {
  await using folder: LogFolder = new LogFolder({
    startAt: "beginning",
    get localfiles() {
      return [{ location: folder.file("app.log") }];
    },
  });
  folder.append("app.log", "one\n");
  await folder.start();
  folder.append("app-2.log", "neighbour\n");
  folder.append("secret-app.log.1", "secret\n");
  folder.append("app.log.txt", "neighbour\n");
  folder.rename("app.log", "app.log.1");
  folder.append("app.log", "two\n");
  await folder.pass(10 * READ_INTERVAL_MS);
  Deno.removeSync(folder.file("app.log"));
  folder.append("app-3.log", "neighbour\n");
  await folder.pass(10 * READ_INTERVAL_MS);
  assert.deepEqual(folder.sink.lines, ["one", "two"]);
});

Deno.test("Logcollector gives an unfinished line after a while, and then its continuation, marked as such", async () => {
  await using folder = new LogFolder({ startAt: "beginning", partialIdleMs: READ_INTERVAL_MS });
  folder.append("a.log", "one\nhalf ä");
  await folder.start();
  await folder.pass(3 * READ_INTERVAL_MS);
  await folder.stop();
  folder.append("a.log", " a line\ntwo\n");
  await folder.start();
  assert.deepEqual(folder.sink.lines, ["one", "half ä", " a line", "two"]);
  const flags = folder.sink.events.map(({ data }) => (data.log as { flags?: string[] }).flags);
  assert.deepEqual(flags, [undefined, ["unfinished"], ["continuation"], undefined]);
});

Deno.test("Logcollector reads nothing at an old place of a file that was truncated while the queue was full", async () => {
  await using folder = new LogFolder({ startAt: "beginning", maxLineBytes: 100, blockBytes: 300 });
  const lines = (mark: string) =>
    Array.from({ length: 40 }, (_, line) => `${mark} ${line} ${"=".repeat(20)}`);
  const text = (mark: string) => lines(mark).map((line) => `${line}\n`).join("");
  folder.append("a.log", text("old"));
  folder.sink.pushBack();
  const started = folder.start();
  await folder.clock.advance(READ_INTERVAL_MS);
  Deno.truncateSync(folder.file("a.log"));
  folder.append("a.log", text("new") + text("more"));
  await folder.clock.advance(READ_INTERVAL_MS);
  folder.sink.open();
  await started;
  await folder.pass();
  const old = folder.sink.lines.filter((line) => line.startsWith("old"));
  assert.deepEqual(folder.sink.lines.slice(old.length), [...lines("new"), ...lines("more")]);
  const lost = folder.sink.losses.reduce((sum, { bytes }) => sum + bytes, 0);
  const delivered = old.reduce((sum, line) => sum + line.length + 1, 0);
  assert.equal(delivered + lost, text("old").length);
});
