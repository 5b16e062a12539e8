import assert from "node:assert/strict";
import { systemClock } from "../../../src/shared/clock.ts";
import { AuditLog } from "../../../src/manager/nats/audit_log.ts";
import { auditLogSchema } from "../../../src/manager/nats/options_schema.ts";
import { TempFolder } from "../../support/queues.ts";
import { LoggedLines, until } from "./scene.ts";

function openLog(path: string, options: Record<string, unknown> = {}): AuditLog {
  return new AuditLog({ path, clock: systemClock, options: auditLogSchema.parse(options) });
}

function numbersIn(path: string): number[] {
  const lines = Deno.readTextFileSync(path).trimEnd().split("\n");
  return lines.map((line) => JSON.parse(line).number);
}

Deno.test("AuditLog writes one line for each event, for its owner only", async () => {
  using folder = new TempFolder();
  const path = folder.file("audit.jsonl");
  const log = openLog(path);
  log.write("published", { number: 1 });
  log.write("dropped", { number: 2 });
  await log.close();
  const [first] = Deno.readTextFileSync(path).split("\n");
  assert.match(first ?? "", /^{"time":"20[^"]+Z","event":"published","number":1}$/);
  assert.deepEqual(numbersIn(path), [1, 2]);
  if (Deno.build.os !== "windows") {
    assert.equal((Deno.statSync(path).mode ?? 0) & 0o777, 0o600);
  }
  assert.equal(log.stats().lines_written, 2);
});

Deno.test("AuditLog sets full files aside and keeps the newest of them", async () => {
  using folder = new TempFolder();
  const path = folder.file("audit.jsonl");
  const log = openLog(path, { max_size: "1KiB", keep_files: 2 });
  for (let number = 0; number < 100; number++) log.write("published", { number });
  await log.close();
  const reopened = openLog(path, { max_size: "1KiB", keep_files: 2 });
  reopened.write("published", { number: 100 });
  await reopened.close();
  const files = [`${path}.2`, `${path}.1`, path];
  const kept = files.flatMap(numbersIn);
  assert.deepEqual(
    kept,
    Array.from({ length: kept.length }, (_, index) => 101 - kept.length + index),
  );
  for (const file of files) assert.ok(Deno.statSync(file).size <= 1_024);
  assert.equal([...Deno.readDirSync(folder.path)].length, 3);
});

Deno.test("AuditLog that can't write says so, loses nothing in the meantime, and goes on", async () => {
  using folder = new TempFolder();
  using logged = new LoggedLines();
  const path = folder.file("missing/audit.jsonl");
  const log = openLog(path);
  log.write("published", { number: 1 });
  await until(() => log.stats().write_errors > 0, "a write error");
  Deno.mkdirSync(folder.file("missing"));
  await log.flush();
  await log.close();
  assert.deepEqual(numbersIn(path), [1]);
  assert.match(logged.lines[0] ?? "", /^warning Cannot write audit log ".*audit.jsonl": /);
  assert.match(logged.lines.at(-1) ?? "", /^info Audit log .*audit.jsonl is written again$/);
});

Deno.test("AuditLog that is closed while it can't write counts what is lost", async () => {
  using folder = new TempFolder();
  using _logged = new LoggedLines();
  const log = openLog(folder.file("missing/audit.jsonl"));
  log.write("published", { number: 1 });
  await log.close();
  assert.equal(log.stats().lines_lost, 1);
});

Deno.test("AuditLog goes on with a line of its own after one that was cut off", async () => {
  using folder = new TempFolder();
  const path = folder.file("audit.jsonl");
  Deno.writeTextFileSync(path, '{"number":0}\n{"numb');
  const log = openLog(path);
  log.write("published", { number: 1 });
  await log.close();
  const lines = Deno.readTextFileSync(path).split("\n");
  assert.deepEqual(lines.slice(0, 2), ['{"number":0}', '{"numb']);
  assert.equal(JSON.parse(lines[2] ?? "").number, 1);
});

Deno.test("AuditLog takes back what it wrote in part, and writes it again", async () => {
  using folder = new TempFolder();
  using _logged = new LoggedLines();
  using _full = new DiskFullOnce();
  const path = folder.file("audit.jsonl");
  const log = openLog(path);
  for (let number = 0; number < 10; number++) log.write("published", { number });
  await log.flush();
  await log.close();
  assert.equal(log.stats().write_errors, 1);
  assert.deepEqual(numbersIn(path), Array.from({ length: 10 }, (_, index) => index));
});

Deno.test({
  name: "AuditLog into a pipe that nobody reads keeps nobody waiting",
  ignore: Deno.build.os === "windows",
  async fn() {
    using folder = new TempFolder();
    const path = folder.file("pipe");
    await new Deno.Command("mkfifo", { args: [path] }).output();
    const log = openLog(path);
    log.write("published", { number: 1 });
    await log.close();
    assert.deepEqual(log.stats(), { lines_written: 0, lines_lost: 1, write_errors: 0 });
    // Lets the attempt to open it end.
    using _reader = await Deno.open(path);
    await log.flush();
  },
});

Deno.test({
  name: "AuditLog says of a device that it is one",
  ignore: Deno.build.os === "windows",
  async fn() {
    using logged = new LoggedLines();
    const log = openLog("/dev/null/audit.jsonl");
    log.write("published", { number: 1 });
    await log.close();
    assert.equal(logged.lines.length, 1);
    assert.doesNotMatch(logged.lines[0] ?? "", /--allow/);
  },
});

/** Has the first write to any file end in its middle, as on a full disk, until it is disposed. */
class DiskFullOnce implements Disposable {
  readonly #write = Deno.FsFile.prototype.write;

  constructor() {
    const write = this.#write;
    let writes = 0;
    Deno.FsFile.prototype.write = function (this: Deno.FsFile, bytes: Uint8Array) {
      writes++;
      if (writes === 1) return write.call(this, bytes.subarray(0, bytes.length / 2));
      if (writes === 2) return Promise.reject(new Error("No space left on device"));
      return write.call(this, bytes);
    };
  }

  [Symbol.dispose](): void {
    Deno.FsFile.prototype.write = this.#write;
  }
}
