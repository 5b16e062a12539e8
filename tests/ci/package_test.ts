import assert from "node:assert/strict";
import { parse } from "yaml";
import { silenced } from "../../.ci/package/files.ts";
import { pack, type Packing } from "../../.ci/package/pack.ts";
import { type Format, platformOf, PLATFORMS } from "../../.ci/package/platforms.ts";
import { AgentError } from "../../src/shared/errors.ts";
import { outputOf, testWith } from "../support/installed.ts";
import { TempFolder } from "../support/queues.ts";

const EPOCH = 1_700_000_000;

/** Packs a small stand-in for the compiled agent. */
async function packed(
  folder: TempFolder,
  { format, target = "x86_64-unknown-linux-gnu", output = "out" }: {
    format: Format;
    target?: string;
    output?: string;
  },
): Promise<string> {
  const executable = folder.file("agent");
  Deno.writeTextFileSync(executable, "#!/bin/sh\necho 1.2.3\n");
  const packing: Packing = {
    platform: platformOf(target),
    format,
    executable,
    version: "1.2.3",
    epoch: EPOCH,
    root: ".",
    outputFolder: folder.file(output),
  };
  return await pack(packing);
}

const INSTALLED = [
  ["/etc/agent/agent.yaml", "-rw-r--r--"],
  ["/usr/lib/agent/versions/1.2.3/agent", "-rwxr-xr-x"],
  ["/usr/lib/systemd/system/agent.service", "-rw-r--r--"],
  ["/usr/share/bash-completion/completions/agent", "-rw-r--r--"],
  ["/usr/share/fish/vendor_completions.d/agent.fish", "-rw-r--r--"],
  ["/usr/share/man/man1/agent.1.gz", "-rw-r--r--"],
  ["/var/lib/agent", "drwx------"],
] as const;

testWith("dpkg-deb", "a .deb has its files with their modes, owned by root", async () => {
  using folder = new TempFolder();
  const path = await packed(folder, { format: "deb" });
  assert.equal(path, folder.file("out/agent_1.2.3-1_amd64.deb"));
  const list = await outputOf(["dpkg-deb", "-c", path]);
  for (const [file, mode] of [...INSTALLED, ["/usr/share/zsh/vendor-completions/_agent", "-rw-"]]) {
    const line = list.split("\n").find((each) => each.replace(/\/$/, "").endsWith(` .${file}`));
    assert.ok(line?.startsWith(`${mode}`), `${file}: ${line}`);
  }
  assert.ok(list.trim().split("\n").every((line) => line.includes(" root/root ")));
  const control = await outputOf(["dpkg-deb", "-I", path, "control", "conffiles"]);
  assert.match(control, /^Version: 1\.2\.3-1\nArchitecture: amd64$/m);
  assert.match(control, /^\/etc\/agent\/agent\.yaml$/m);
  assert.doesNotMatch(control, /@[A-Z_]+@/, "a place in the template was not filled");
});

testWith("dpkg-deb", "the unit in a .deb starts the agent that the .deb brings", async () => {
  using folder = new TempFolder();
  const path = await packed(folder, { format: "deb" });
  await outputOf(["dpkg-deb", "-x", path, folder.file("tree")]);
  const unit = Deno.readTextFileSync(folder.file("tree/usr/lib/systemd/system/agent.service"));
  assert.match(unit, /^ExecStart=\/usr\/lib\/agent\/current\/agent run /m);
  assert.doesNotMatch(unit, /\/opt\//);
  for (const program of ["usr/lib/agent/current/agent", "usr/bin/agent"]) {
    const real = Deno.realPathSync(folder.file(`tree/${program}`));
    assert.equal(real, Deno.realPathSync(folder.file("tree/usr/lib/agent/versions/1.2.3/agent")));
  }
});

testWith(
  "rpmbuild",
  "an .rpm has its files with their modes, and its configuration stays",
  async () => {
    using folder = new TempFolder();
    const path = await packed(folder, { format: "rpm" });
    assert.equal(path, folder.file("out/agent-1.2.3-1.x86_64.rpm"));
    const asked = "[%{FILEMODES:perms} %{FILEUSERNAME} %{FILENAMES}\\n]";
    const list = await outputOf(["rpm", "-qp", "--nosignature", "--qf", asked, path]);
    for (const [file, mode] of INSTALLED) assert.ok(list.includes(`${mode} root ${file}\n`), file);
    const kept = await outputOf(["rpm", "-qp", "--nosignature", "--configfiles", path]);
    assert.equal(kept, "/etc/agent/agent.yaml\n");
  },
);

for (
  const [format, tool, name] of [
    ["deb", "dpkg-deb", "agent_1.2.3-1_arm64.deb"],
    ["rpm", "rpmbuild", "agent-1.2.3-1.aarch64.rpm"],
  ] as const
) {
  testWith(tool, `a .${format} for arm64 is made on any machine`, async () => {
    using folder = new TempFolder();
    const target = "aarch64-unknown-linux-gnu";
    assert.equal(await packed(folder, { format, target }), folder.file(`out/${name}`));
  });
}

Deno.test("the unit tells when it is ready, is watched, and may take its time to start", () => {
  const unit = Deno.readTextFileSync("config/agent.service");
  for (const line of ["Type=notify", "WatchdogSec=2min", "TimeoutStartSec=infinity"]) {
    assert.ok(unit.split("\n").includes(line), line);
  }
});

Deno.test("the unit runs as a user of its own, with one power of root's, and says what for", () => {
  const unit = Deno.readTextFileSync("config/agent.service");
  const set = (name: string) => new RegExp(`^${name}=(.*)$`, "m").exec(unit)?.[1];
  assert.equal(set("User"), "agent");
  for (const name of ["CapabilityBoundingSet", "AmbientCapabilities"]) {
    const powers = set(name)?.split(" ") ?? [];
    assert.deepEqual(powers, ["CAP_DAC_READ_SEARCH"], name);
    for (const power of powers) assert.match(unit, new RegExp(`^# ${power}: `, "m"));
  }
  const expected = { LimitCORE: "0", ProtectProc: "invisible", ProtectKernelLogs: "yes" };
  for (const [name, value] of Object.entries(expected)) assert.equal(set(name), value, name);
  assert.match(set("MemoryMax") ?? "", /^\d+G$/);
});

for (const script of [".ci/package/debian/postinst", ".ci/package/rpm/agent.spec"]) {
  Deno.test(`${script} makes the user that the unit names, and gives it the data`, () => {
    const text = Deno.readTextFileSync(script);
    assert.match(
      text,
      /getent passwd agent .*\n\s+useradd --system --user-group .*\/var\/lib\/agent/,
    );
    assert.match(text, /-name active-response -prune -o -user root -exec chown -h agent:agent/);
    assert.match(text, /runuser -u agent -- agent register/);
  });
}

testWith("systemd-analyze", "systemd has no complaint about the unit", async () => {
  using folder = new TempFolder();
  const unit = Deno.readTextFileSync("config/agent.service");
  const place = folder.file("agent.service");
  // What it starts must exist where the unit is looked at.
  Deno.writeTextFileSync(place, unit.replaceAll("/opt/agent/current/agent", "/bin/true"));
  const verify = ["verify", "--man=no", place];
  const { stderr } = await new Deno.Command("systemd-analyze", { args: verify }).output();
  // It also speaks of whatever else is on the machine.
  const complaints = new TextDecoder().decode(stderr).split("\n")
    .filter((line) => line.includes("agent.service"));
  assert.deepEqual(complaints, []);
  assert.match(unit, /^RestartPreventExitStatus=2 4 5 8 15$/m);
  assert.match(unit, /^ExecReload=\/bin\/kill -HUP \$MAINPID$/m);
});

testWith(
  "tar",
  "an archive for Linux or macOS unpacks into one folder, owned by root",
  async () => {
    using folder = new TempFolder();
    const cases = [["x86_64-unknown-linux-gnu", "linux-x64", "agent.service"], [
      "aarch64-apple-darwin",
      "macos-arm64",
      "com.example.agent.plist",
    ]] as const;
    for (const [target, label, service] of cases) {
      const path = await packed(folder, { format: "tar.gz", target });
      assert.equal(path, folder.file(`out/agent-1.2.3-${label}.tar.gz`));
      const lines = (await outputOf(["tar", "-tvzf", path])).trim().split("\n");
      assert.ok(lines.every((line) => line.includes(` agent-1.2.3-${label}/`)));
      assert.ok(lines.every((line) => line.includes(" root/root ")));
      assert.ok(lines.some((line) => line.endsWith(`/${service}`)));
      assert.ok(lines.some((line) => /^-rwxr-xr-x .*\/agent$/.test(line)));
    }
  },
);

testWith("zip", "an archive for Windows has agent.exe and no service unit", async () => {
  using folder = new TempFolder();
  const path = await packed(folder, { format: "zip", target: "x86_64-pc-windows-msvc" });
  assert.equal(path, folder.file("out/agent-1.2.3-windows-x64.zip"));
  const text = new TextDecoder("latin1").decode(Deno.readFileSync(path));
  assert.match(text, /agent-1\.2\.3-windows-x64\/agent\.exe/);
  assert.doesNotMatch(text, /service|plist|agent\.1/);
});

for (
  const [format, tool] of [["deb", "dpkg-deb"], ["rpm", "rpmbuild"], ["tar.gz", "tar"]] as const
) {
  testWith(tool, `the same source gives the same bytes of a .${format}`, async () => {
    using folder = new TempFolder();
    const one = Deno.readFileSync(await packed(folder, { format, output: "one" }));
    const two = Deno.readFileSync(await packed(folder, { format, output: "two" }));
    assert.deepEqual(one, two);
  });
}

Deno.test("nothing is left behind when the executable is missing", async () => {
  using folder = new TempFolder();
  await assert.rejects(
    pack({
      platform: platformOf("x86_64-unknown-linux-gnu"),
      format: "tar.gz",
      executable: folder.file("missing"),
      version: "1.2.3",
      epoch: EPOCH,
      root: ".",
      outputFolder: folder.file("out"),
    }),
    Deno.errors.NotFound,
  );
  assert.deepEqual([...Deno.readDirSync(folder.file("out"))], []);
});

Deno.test("platformOf names the platforms that there are", () => {
  assert.throws(() => platformOf("mips"), (error: unknown) => {
    assert.ok(error instanceof AgentError);
    for (const { target } of PLATFORMS) assert.match(error.hint ?? "", new RegExp(target));
    return true;
  });
});

Deno.test("the packaged agent.yaml shows every option and decides none", () => {
  const sample = Deno.readTextFileSync(new URL("../../config/agent.yaml", import.meta.url));
  const packaged = silenced(sample);
  assert.equal(parse(packaged), null);
  assert.deepEqual(parse(packaged.replace(/^#(?=[a-z]| {2,}[a-z_]+:)/gm, "")), parse(sample));
});
