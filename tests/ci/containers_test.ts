/** The files for containers: every instruction and key is looked at, since no linter of them can be had here. */

import assert from "node:assert/strict";
import { parse, parseDocument } from "yaml";
import { loadConfig } from "../../src/agent/config/load.ts";
import { TempFolder } from "../support/queues.ts";
import { runCommand } from "../support/run_command.ts";

const DOCKERFILE = Deno.readTextFileSync("config/Dockerfile");

/** Instructions with their arguments; lines that go on are one. */
function instructions(text: string): [name: string, args: string][] {
  const lines = text.replaceAll(/\\\n\s*/g, "").split("\n")
    .filter((line) => line.trim() !== "" && !line.startsWith("#"));
  return lines.map((line) => {
    const [, name = "", args = ""] = /^([A-Z]+) (\S.*)$/.exec(line) ?? [];
    return [name, args];
  });
}

const KNOWN = [
  "FROM",
  "RUN",
  "COPY",
  "USER",
  "VOLUME",
  "HEALTHCHECK",
  "STOPSIGNAL",
  "ENTRYPOINT",
  "CMD",
];

Deno.test("config/Dockerfile has known instructions only, each with its arguments", () => {
  const unknown = instructions(DOCKERFILE).filter(([name]) => !KNOWN.includes(name));
  assert.deepEqual(unknown, []);
});

Deno.test("config/Dockerfile ends in an image without a shell, as a user without rights", () => {
  const all = instructions(DOCKERFILE);
  const last = all.findLastIndex(([name]) => name === "FROM");
  const image = all.slice(last);
  assert.match(image[0]?.[1] ?? "", /^gcr\.io\/distroless\/cc-debian12$/);
  assert.deepEqual(image.filter(([name]) => name === "RUN"), []);
  assert.deepEqual(image.filter(([name]) => name === "USER"), [["USER", "65534:65534"]]);
  for (const name of ["ENTRYPOINT", "CMD", "VOLUME"]) {
    const [given] = image.filter(([one]) => one === name);
    assert.ok(Array.isArray(JSON.parse(given?.[1] ?? "")), `${name} is no list`);
  }
  const copied = image.filter(([name]) => name === "COPY").map(([, args]) =>
    args.split(" ").at(-1)
  );
  assert.deepEqual(copied, ["/usr/local/bin/agent", "/var/lib/agent", "/run/agent"]);
});

Deno.test("config/Dockerfile starts and checks the agent by commands that there are", async () => {
  const health = instructions(DOCKERFILE).find(([name]) => name === "HEALTHCHECK")?.[1] ?? "";
  const command: string[] = JSON.parse(/CMD (\[.*\])$/.exec(health)?.[1] ?? "[]");
  assert.deepEqual(command, ["/usr/local/bin/agent", "status", "--check"]);
  const { stdout } = await runCommand("status", "--help");
  assert.match(stdout, /--check/);
});

Deno.test("config/Dockerfile keeps its comments to options and commands that there are", async () => {
  const { stdout } = await runCommand("register", "--help");
  for (const [flag] of DOCKERFILE.matchAll(/--(?:unless-registered|url|token-file)\b/g)) {
    assert.ok(stdout.includes(flag), flag);
  }
});

const TEXT = Deno.readTextFileSync("config/kubernetes.yaml");
const DAEMONS = parse(TEXT);
const POD = DAEMONS.spec.template.spec;
const [AGENT] = POD.containers;
const [REGISTER] = POD.initContainers;

Deno.test("config/kubernetes.yaml is YAML without a warning, and a DaemonSet that selects its own pods", () => {
  const { errors, warnings } = parseDocument(TEXT);
  assert.deepEqual([errors, warnings], [[], []]);
  assert.deepEqual([DAEMONS.apiVersion, DAEMONS.kind], ["apps/v1", "DaemonSet"]);
  assert.deepEqual(DAEMONS.spec.selector.matchLabels, DAEMONS.spec.template.metadata.labels);
});

Deno.test("config/kubernetes.yaml mounts volumes that there are, and may write to the agent's own only", () => {
  const volumes = POD.volumes.map(({ name }: { name: string }) => name);
  for (const { name, volumeMounts } of [AGENT, REGISTER]) {
    for (const mount of volumeMounts) {
      assert.ok(volumes.includes(mount.name), `${name} mounts ${mount.name}`);
      assert.equal(mount.readOnly !== true, ["data", "run"].includes(mount.name), mount.name);
    }
  }
  assert.ok(
    AGENT.volumeMounts.some((mount: { mountPath: string }) => mount.mountPath === "/var/log/pods"),
  );
});

Deno.test("config/kubernetes.yaml gives the agent one power, a bound of memory and probes", () => {
  for (const { securityContext, resources } of [AGENT, REGISTER]) {
    assert.deepEqual(securityContext.capabilities, { drop: ["ALL"], add: ["DAC_READ_SEARCH"] });
    assert.equal(securityContext.readOnlyRootFilesystem, true);
    assert.equal(securityContext.allowPrivilegeEscalation, false);
    assert.match(resources.limits.memory, /^\d+Mi$/);
  }
  for (const probe of ["startupProbe", "livenessProbe", "readinessProbe"]) {
    assert.deepEqual(
      AGENT[probe].exec.command.slice(0, 2),
      ["/usr/local/bin/agent", "status"],
      probe,
    );
  }
  assert.ok(POD.terminationGracePeriodSeconds > 11);
});

Deno.test("config/kubernetes.yaml names options that there are, with values that are valid", async () => {
  const { stdout } = await runCommand("register", "--help");
  const flags = REGISTER.args.slice(1).map((arg: string) => arg.split("=")[0]);
  for (const flag of flags) assert.ok(stdout.includes(flag), flag);
  using folder = new TempFolder();
  Deno.writeTextFileSync(folder.file("agent.yaml"), "{}\n");
  const given = AGENT.env.map(({ name, value }: { name: string; value?: string }) => [name, value]);
  const env = Object.fromEntries(given);
  const { config, warnings } = await loadConfig({ file: folder.file("agent.yaml"), env });
  assert.deepEqual(warnings, []);
  assert.equal(config.agent.server_url, "https://manager.example:27000");
  const { localfiles } = config.logcollector as { localfiles: { location: string }[] };
  assert.deepEqual(localfiles.map(({ location }) => location), ["/var/log/pods/*/*/*.log"]);
});
