/** Collectors over made-up files of a machine. */

import assert from "node:assert/strict";
import { InventoryScene, type Section } from "./support/inventory_scene.ts";

const NONE: Section = { packages: false };

/** A process in `/proc`. */
function writeProcess(
  scene: InventoryScene,
  pid: number,
  { name = "sh", start = 100, args = ["sh"] }: { name?: string; start?: number; args?: string[] },
): void {
  const fields = `S 1 ${pid} ${pid} 0 -1 0 0 0 0 0 7 8 0 0 20 0 1 0 ${start} 0 0`;
  scene.write(`/proc/${pid}/stat`, `${pid} (${name}) ${fields}\n`);
  scene.write(`/proc/${pid}/status`, "Uid:\t0\t33\t34\t0\nGid:\t5\t6\t7\t0\n");
  scene.write(`/proc/${pid}/cmdline`, args.map((arg) => `${arg}\0`).join(""));
}

function sceneWithProc(schema: "6.0" | "5.0" = "6.0"): InventoryScene {
  const scene = new InventoryScene({ schema });
  scene.write("/proc/stat", "cpu 1\nbtime 1700000000\n");
  return scene;
}

Deno.test("processes have numbers for pids, masked arguments, and names with parentheses", async () => {
  using scene = sceneWithProc();
  writeProcess(scene, 42, { name: "a) b (", args: ["/bin/a", "--token=s3cret", "x"] });
  await scene.scan(scene.make({ ...NONE, processes: true }));
  assert.deepEqual(scene.shown("processes")[0]?.process, {
    args: "--token=******** x",
    command_line: "/bin/a --token=******** x",
    group: { id: "6" },
    name: "a) b (",
    parent: { pid: 1 },
    pid: 42,
    real_group: { id: "5" },
    real_user: { id: "0" },
    saved_group: { id: "7" },
    saved_user: { id: "34" },
    start: "2023-11-14T22:13:21.000Z",
    thread: { id: 42 },
    tty: { char_device: { major: null } },
    user: { id: "33" },
  });
  const stored = JSON.stringify(scene.states.keeper.page("processes", "", 10));
  assert.equal(stored.includes("s3cret"), false);
});

Deno.test("with schema 5.0 arguments are a list, and times of a process no change", async () => {
  using scene = sceneWithProc("5.0");
  const others = {
    users: false,
    groups: false,
    services: false,
    interfaces: false,
    protocols: false,
  };
  writeProcess(scene, 42, { args: ["/bin/a", "x", "y z"] });
  const module = scene.make({ ...NONE, ...others, processes: true });
  await scene.scan(module);
  const before = scene.states.server.events.length;
  scene.write(
    "/proc/42/stat",
    "42 (sh) R 1 42 42 0 -1 0 0 0 0 0 700 800 0 0 20 0 1 0 100 0 0\n",
  );
  await scene.scan(module);
  assert.equal(scene.states.server.events.length, before);
  const process = scene.shown("processes")[0]?.process as Record<string, unknown>;
  assert.deepEqual([process.args, process.args_count], [["x", "y z"], 2]);
});

Deno.test("a pid that is used again is an update with all members, told as an end and a start", async () => {
  using scene = sceneWithProc();
  writeProcess(scene, 42, { name: "old" });
  const module = scene.make({ ...NONE, processes: true });
  await scene.scan(module);
  writeProcess(scene, 42, { name: "new", start: 900 });
  writeProcess(scene, 43, { name: "more", start: 901 });
  await scene.scan(module);
  const [, update] = scene.states.server.events;
  assert.equal(update?.header.operation, "update");
  assert.equal(Object.keys(update?.data?.process ?? {}).length, 14);
  const told = await scene.told() as { event: { action: string; reason: string } }[];
  assert.deepEqual(told.map(({ event }) => [event.action, event.reason]), [
    ["process-stopped", "Process old (pid 42) was stopped"],
    ["process-started", "Process new (pid 42) was started"],
    ["process-started", "Process more (pid 43) was started"],
  ]);
});

Deno.test("a process that ends while it is looked at is left out", async () => {
  using scene = sceneWithProc();
  writeProcess(scene, 42, {});
  scene.write("/proc/43/stat", "43 (half");
  scene.write("/proc/44/environ", "");
  await scene.scan(scene.make({ ...NONE, processes: true }));
  assert.deepEqual(
    scene.shown("processes").map(({ process }) => (process as { pid: number }).pid),
    [42],
  );
});

const SOCKETS = "  sl  local_address rem_address   st\n" +
  "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 777 1 0 100 0 0 10 0\n" +
  "   1: 0100007F:1F91 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 778 1 0 20 4 1 10 -1\n" +
  "   2: 0100007F:1F92 0100007F:C351 06 00000000:00000000 00:00000000 00000000     0        0 0 1 0 20 4 1 10 -1\n";

Deno.test("ports are those that wait for others, with their process; all of them by option", async () => {
  using scene = sceneWithProc();
  writeProcess(scene, 42, { name: "server" });
  scene.write("/proc/net/tcp", SOCKETS);
  Deno.mkdirSync(scene.machine.real("/proc/42/fd"));
  Deno.symlinkSync("socket:[777]", scene.machine.real("/proc/42/fd/3"));
  await scene.scan(scene.make({ ...NONE, ports: true }));
  const [port] = scene.shown("ports");
  assert.equal(scene.shown("ports").length, 1);
  delete port?.["@timestamp"];
  assert.deepEqual(port, {
    destination: { ip: ["0.0.0.0"], port: 0 },
    file: { inode: 777 },
    host: { network: { egress: { queue: 0 }, ingress: { queue: 0 } } },
    interface: { state: "listening" },
    network: { protocol: "tcp" },
    process: { name: "server", pid: 42 },
    source: { ip: ["127.0.0.1"], port: 8080 },
  });
  await scene.scan(scene.make({ ...NONE, ports: true, ports_all: true }));
  assert.equal(scene.shown("ports").length, 2);
});

Deno.test("without the folders of others' files a port has no process, and that is no problem", async () => {
  using scene = sceneWithProc();
  scene.write("/proc/net/tcp", SOCKETS);
  writeProcess(scene, 1, { name: "init" });
  const module = scene.make({ ...NONE, ports: true });
  await scene.scan(module);
  assert.deepEqual(scene.shown("ports")[0]?.process, { name: null, pid: null });
  assert.deepEqual(module.report().problems, []);
});

Deno.test("without /proc/net nothing is known of ports, and none is deleted", async () => {
  using scene = sceneWithProc();
  scene.write("/proc/net/tcp", SOCKETS);
  const module = scene.make({ ...NONE, ports: true });
  await scene.scan(module);
  scene.remove("/proc/net");
  await scene.scan(module);
  assert.equal(scene.shown("ports").length, 1);
  assert.equal(module.report().lastError, "ports: /proc/net/tcp cannot be read");
});

function writeLink(scene: InventoryScene, name: string, bytes: number): void {
  const files = {
    address: "02:00:00:00:00:01",
    mtu: "1500",
    operstate: "up",
    type: "1",
    ifindex: "2",
    "statistics/rx_bytes": String(bytes),
    "statistics/tx_bytes": String(bytes),
  };
  for (const [file, text] of Object.entries(files)) {
    scene.write(`/sys/class/net/${name}/${file}`, `${text}\n`);
  }
}

Deno.test("networks have one document an address, and one for an interface without any; traffic is no change", async () => {
  using scene = sceneWithProc();
  for (const name of ["bond0", "bond0.100", "eth0"]) writeLink(scene, name, 1);
  scene.write(
    "/proc/net/route",
    "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\n" +
      "eth0\t00000000\t010200C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n",
  );
  scene.write("/run/systemd/netif/leases/2", "ADDRESS=192.0.2.2\n");
  const link = { name: "eth0", mac: "02:00:00:00:00:01", scopeid: null, cidr: "" };
  scene.machine.links = [
    { ...link, family: "IPv4", address: "192.0.2.2", netmask: "255.255.255.0" },
    { ...link, family: "IPv6", address: "2001:db8::2", netmask: "ffff:ffff:ffff:ffff::" },
  ] as unknown as Deno.NetworkInterfaceInfo[];
  const module = scene.make({ ...NONE, networks: true });
  await scene.scan(module);
  const shown = scene.shown("networks") as Record<string, Record<string, unknown>>[];
  assert.equal(shown.length, 4);
  const four = shown.find(({ network }) => network?.type === "ipv4");
  assert.deepEqual(four?.network, {
    broadcast: ["192.0.2.255"],
    dhcp: "enabled",
    gateway: ["192.0.2.1"],
    metric: 100,
    netmask: ["255.255.255.0"],
    type: "ipv4",
  });
  assert.equal(shown.filter(({ network }) => network?.type === null).length, 2);
  const before = scene.states.server.events.length;
  for (const name of ["bond0", "bond0.100", "eth0"]) writeLink(scene, name, 99);
  await scene.scan(module);
  assert.equal(scene.states.server.events.length, before);
});

Deno.test("system and hardware have one document each, and free memory is no change", async () => {
  using scene = sceneWithProc();
  scene.write(
    "/etc/os-release",
    'NAME="Rocky Linux"\nID="rocky"\nVERSION_ID="9.3"\nPRETTY_NAME="Rocky 9"\n',
  );
  scene.write("/etc/hostname", "first\n");
  scene.write("/proc/sys/kernel/osrelease", "5.14.0\n");
  scene.write("/proc/cpuinfo", "processor\t: 0\nmodel name\t: CPU\ncpu MHz\t: 1000.4\n");
  scene.write("/proc/meminfo", "MemTotal: 1000 kB\nMemAvailable: 250 kB\n");
  scene.write("/sys/class/dmi/id/board_serial", "None\n");
  scene.write("/sys/class/dmi/id/product_serial", "SN-1\n");
  const module = scene.make({ ...NONE, system: true, hardware: true });
  await scene.scan(module);
  const [system] = scene.shown("system") as { host: Record<string, unknown> }[];
  assert.deepEqual(system?.host, {
    architecture: Deno.build.arch,
    hostname: "first",
    os: {
      full: "Rocky 9",
      kernel: "5.14.0",
      name: "Rocky Linux",
      platform: "rocky",
      type: "linux",
      version: "9.3",
    },
  });
  const [hardware] = scene.shown("hardware");
  assert.deepEqual(hardware?.host, {
    cpu: { cores: 1, name: "CPU", speed: 1000 },
    memory: { free: 256_000, total: 1_024_000, used: { percentage: 75 } },
  });
  assert.deepEqual(hardware?.observer, { serial_number: "SN-1" });
  scene.write("/proc/meminfo", "MemTotal: 1000 kB\nMemAvailable: 100 kB\n");
  await scene.scan(module);
  assert.equal(scene.states.server.events.length, 2);
  scene.write("/etc/hostname", "renamed\n");
  await scene.scan(module);
  const [renamed] = scene.shown("system") as { host: { hostname: string } }[];
  assert.deepEqual([scene.shown("system").length, renamed?.host.hostname], [1, "renamed"]);
});

Deno.test("users, groups and services are shown with schema 5.0, without the hash of any password", async () => {
  using scene = sceneWithProc("5.0");
  scene.write("/etc/passwd", "root:x:0:0::/root:/bin/sh\nann:x:1000:1000:Ann:/home/ann:/bin/sh\n");
  scene.write("/etc/group", "root:x:0:\nsudo:x:27:ann\nann:x:1000:\n");
  scene.write("/etc/shadow", "ann:$6$c2FsdA$aGFzaA:19000:0:99999:7:::\n");
  scene.write("/lib/systemd/system/ssh.service", "[Service]\nExecStart=/usr/sbin/sshd -D\n");
  await scene.scan(scene.make({ ...NONE, interfaces: false, protocols: false }));
  const users = scene.shown("users") as { user: Record<string, unknown> }[];
  const ann = users.find(({ user }) => user.name === "ann")?.user;
  assert.deepEqual([ann?.groups, ann?.roles, (ann?.password as { status: string }).status], [
    ["ann", "sudo"],
    ["admin"],
    "active",
  ]);
  assert.doesNotMatch(JSON.stringify(users), /aGFzaA/);
  assert.equal(scene.shown("groups").length, 3);
  const [service] = scene.shown("services") as { process: { executable: string } }[];
  assert.equal(service?.process.executable, "/usr/sbin/sshd");
});

Deno.test("scripts of SysV are services where no unit stands for them, enabled by their links", async () => {
  using scene = new InventoryScene({ schema: "5.0" });
  const script = (description: string) =>
    `#!/bin/sh\n### BEGIN INIT INFO\n# Provides: x\n# Short-Description: ${description}\n### END INIT INFO\n`;
  scene.write("/etc/init.d/old", script("an old one"));
  scene.write(
    "/etc/init.d/off",
    "#!/bin/sh\n# chkconfig: 2345 90 10\n# description: turned off\\\n",
  );
  scene.write("/etc/init.d/cron", script("stands in a unit, too"));
  scene.write("/etc/init.d/functions", "# functions for scripts\n");
  scene.write("/etc/rc3.d/S20old", "");
  scene.write("/etc/rc3.d/K20off", "");
  scene.write("/lib/systemd/system/cron.service", "[Service]\nExecStart=/usr/sbin/cron -f\n");
  await scene.scan(scene.make({ packages: false, services: true, users: false, groups: false }));
  const services = scene.shown("services").map(({ service }) => service) as Record<
    string,
    unknown
  >[];
  const told = services.map(({ name, enabled, type, description }) =>
    [name, enabled, type, description].join(" ")
  );
  assert.deepEqual(told.sort(), [
    "cron   ",
    "off disabled sysv turned off",
    "old enabled sysv an old one",
  ]);
});
