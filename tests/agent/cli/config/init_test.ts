import assert from "node:assert/strict";
import { writeFirstFile } from "../../../../src/agent/config/first_file.ts";
import { resolveConfig } from "../../../../src/agent/config/load.ts";
import { hasJournal } from "../../../../src/agent/platform/systemd_journal.ts";
import { TempFolder } from "../../../support/queues.ts";
import { runCommand as run } from "../../../support/run_command.ts";

/** The file without the marks of comments before options; prose ends in a full stop or has no colon. */
function uncommented(yaml: string): string {
  return yaml.split("\n")
    .map((line) => /^( *)# ?( *-? ?[a-z_]+:(?: \S+)?)$/.exec(line)?.slice(1).join("") ?? line)
    .join("\n");
}

Deno.test("config init writes a short file that is valid, also with every line of it in force", async () => {
  using folder = new TempFolder();
  const path = folder.file("etc/agent.yaml");
  const { code, stdout } = await run("config", "init", "--config", path);
  assert.deepEqual([code, stdout], [
    0,
    `Wrote ${path}\nNext: set agent.server_url in it, then: agent config check --config ${path}\n`,
  ]);
  const text = Deno.readTextFileSync(path);
  assert.match(text, /^# yaml-language-server: \$schema=agent\.schema\.json\n/);
  assert.ok(text.split("\n").length < 40);
  const whole = uncommented(text);
  assert.match(whole, /^ {2}max_bytes: 1GiB$/m);
  assert.match(whole, /^ {4}- location: \/var\/log\/nginx/m);
  const { config } = resolveConfig({ path, text: whole }, { env: {} });
  assert.equal(config.logcollector.localfiles.length, 2);
  assert.equal((await run("config", "check", "--config", path)).code, 0);
});

Deno.test("config init leaves a file alone that is there, and replaces it with --force only", async () => {
  using folder = new TempFolder();
  const path = folder.file("agent.yaml");
  Deno.writeTextFileSync(path, "log.level: warn\n");
  const refused = await run("config", "init", "--config", path);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /agent\.yaml" is there already.*\nTry: agent config init --force/);
  assert.equal(Deno.readTextFileSync(path), "log.level: warn\n");
  const forced = await run("config", "init", "--config", path, "--force", "--json");
  assert.deepEqual(JSON.parse(forced.stdout), { schema: 1, file: path, replaced: true });
  assert.match(Deno.readTextFileSync(path), /^# yaml-language-server: .*^agent:$/ms);
});

Deno.test("config init says which file it cannot write", async () => {
  using folder = new TempFolder();
  Deno.writeTextFileSync(folder.file("plain"), "");
  const path = folder.file("plain/agent.yaml");
  const { code, stderr } = await run("config", "init", "--config", path);
  assert.equal(code, 1);
  assert.match(stderr, /Error: Cannot write ".*plain\/agent\.yaml": .*\nTry: name a file/);
});

Deno.test("config init follows the journal where there is one, and then not what syslog takes from it", () => {
  using folder = new TempFolder();
  const path = folder.file("agent.yaml");
  const written = (hasJournal: boolean) => {
    writeFirstFile(path, { force: true, hasJournal });
    return resolveConfig({ path, text: uncommented(Deno.readTextFileSync(path)) }, { env: {} })
      .config;
  };
  const { journald, logcollector } = written(true);
  assert.equal(journald.enabled, true);
  assert.deepEqual(logcollector.localfiles.map(({ location }) => location), [
    "/var/log/*.log",
    "/var/log/nginx/*.log",
  ]);
  assert.match(String(logcollector.localfiles[0]?.exclude), /\{auth,.*kern.*\}\.log/);
  assert.ok(Deno.readTextFileSync(path).split("\n").length < 40);
  assert.equal(written(false).journald.enabled, false);
});

Deno.test("hasJournal() knows a journal by the folder of a machine", () => {
  using folder = new TempFolder();
  assert.equal(hasJournal(folder.path), false);
  Deno.mkdirSync(folder.file("var/log/journal/remote"), { recursive: true });
  assert.equal(hasJournal(folder.path), false);
  Deno.mkdirSync(folder.file("run/log/journal/0123456789abcdef0123456789abcdef"), {
    recursive: true,
  });
  assert.equal(hasJournal(folder.path), true);
});
