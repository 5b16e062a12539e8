/** Files of a Linux machine: texts as real systems have them, with other values. */

import assert from "node:assert/strict";
import {
  parseGroups,
  parsePasswd,
  parseShadow,
} from "../../../../../src/agent/modules/inventory/formats/account_files.ts";
import {
  lastLoginPlace,
  parseLastLogin,
} from "../../../../../src/agent/modules/inventory/formats/lastlog.ts";
import {
  parseCpuinfo,
  parseMeminfo,
} from "../../../../../src/agent/modules/inventory/formats/machine_files.ts";
import {
  parseOs,
  versionParts,
} from "../../../../../src/agent/modules/inventory/formats/os_release.ts";
import {
  parseBootTime,
  parseCommandLine,
  parseProcessIds,
  parseProcessStat,
  startOf,
} from "../../../../../src/agent/modules/inventory/formats/process_files.ts";
import {
  parseIpv6Routes,
  parseRoutes,
} from "../../../../../src/agent/modules/inventory/formats/routes.ts";
import {
  isListening,
  parseSocketTable,
} from "../../../../../src/agent/modules/inventory/formats/socket_table.ts";
import {
  parseUnitFile,
  parseUnitFiles,
  parseUnits,
} from "../../../../../src/agent/modules/inventory/formats/systemd_units.ts";

const DISTRIBUTIONS: [string, string, Record<string, string | undefined>][] = [
  [
    "Debian",
    `PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\nVERSION_ID="12"\n` +
    `VERSION="12 (bookworm)"\nVERSION_CODENAME=bookworm\nID=debian\n`,
    {
      name: "Debian GNU/Linux",
      full: "Debian GNU/Linux 12 (bookworm)",
      platform: "debian",
      version: "12.5",
      codename: "bookworm",
      build: undefined,
    },
  ],
  [
    "Ubuntu",
    `PRETTY_NAME="Ubuntu 22.04.4 LTS"\nNAME="Ubuntu"\nVERSION_ID="22.04"\n` +
    `VERSION="22.04.4 LTS (Jammy Jellyfish)"\nVERSION_CODENAME=jammy\nID=ubuntu\nID_LIKE=debian\n`,
    {
      name: "Ubuntu",
      full: "Ubuntu 22.04.4 LTS",
      platform: "ubuntu",
      version: "22.04",
      codename: "jammy",
      build: undefined,
    },
  ],
  [
    "Rocky Linux",
    `NAME="Rocky Linux"\nVERSION="9.3 (Blue Onyx)"\nID="rocky"\nID_LIKE="rhel centos fedora"\n` +
    `VERSION_ID="9.3"\nPRETTY_NAME="Rocky Linux 9.3 (Blue Onyx)"\n`,
    {
      name: "Rocky Linux",
      full: "Rocky Linux 9.3 (Blue Onyx)",
      platform: "rocky",
      version: "9.3",
      codename: "Blue Onyx",
      build: undefined,
    },
  ],
  [
    "SUSE",
    `NAME="SLES"\nVERSION="15-SP5"\nVERSION_ID="15.5"\n` +
    `PRETTY_NAME="SUSE Linux Enterprise Server 15 SP5"\nID="sles"\nID_LIKE="suse"\n`,
    {
      name: "SLES",
      full: "SUSE Linux Enterprise Server 15 SP5",
      platform: "sles",
      version: "15.5",
      codename: undefined,
      build: undefined,
    },
  ],
  [
    "Alpine",
    `NAME="Alpine Linux"\nID=alpine\nVERSION_ID=3.19.1\nPRETTY_NAME="Alpine Linux v3.19"\n`,
    {
      name: "Alpine Linux",
      full: "Alpine Linux v3.19",
      platform: "alpine",
      version: "3.19.1",
      codename: undefined,
      build: undefined,
    },
  ],
  [
    "Arch",
    `NAME="Arch Linux"\nPRETTY_NAME="Arch Linux"\nID=arch\nBUILD_ID=rolling\n`,
    {
      name: "Arch Linux",
      full: "Arch Linux",
      platform: "arch",
      version: "rolling",
      codename: undefined,
      build: "rolling",
    },
  ],
];

for (const [name, text, facts] of DISTRIBUTIONS) {
  Deno.test(`parseOs() reads os-release of ${name}`, () => {
    assert.deepEqual(parseOs(text, "12.5\n"), facts);
  });
}

Deno.test("parseOs() takes no point release of a Debian that is not released, and a name for a file without one", () => {
  assert.equal(parseOs('ID=debian\nVERSION_ID="13"\n', "trixie/sid\n").version, "13");
  assert.equal(parseOs("").name, "Linux");
});

Deno.test("versionParts() takes a version apart, and a rolling release not", () => {
  assert.deepEqual(versionParts("3.19.1"), { major: "3", minor: "19", patch: "1" });
  assert.deepEqual(versionParts("rolling"), { major: null, minor: null, patch: null });
});

Deno.test("parseCpuinfo() counts logical processors, also on ARM where neither name nor clock is told", () => {
  const x86 = "processor\t: 0\nmodel name\t: Some CPU 9 @ 2.60GHz\ncpu MHz\t\t: 2596.120\n\n";
  assert.deepEqual(parseCpuinfo(x86 + x86), {
    cores: 2,
    name: "Some CPU 9 @ 2.60GHz",
    speed: 2596,
  });
  const arm = "processor\t: 0\nBogoMIPS\t: 108.00\nCPU implementer\t: 0x41\n\nprocessor\t: 1\n";
  assert.deepEqual(parseCpuinfo(arm), { cores: 2, name: undefined, speed: undefined });
});

Deno.test("parseMeminfo() gives bytes, beyond 2 GiB too", () => {
  const text =
    "MemTotal:       65809836 kB\nMemFree:         1000000 kB\nMemAvailable:   48000000 kB\n";
  assert.deepEqual(parseMeminfo(text), { total: 65_809_836 * 1024, free: 48_000_000 * 1024 });
  const old = "MemTotal: 100 kB\nMemFree: 10 kB\nBuffers: 5 kB\nCached: 20 kB\n";
  assert.deepEqual(parseMeminfo(old), { total: 102_400, free: 35 * 1024 });
});

const STAT =
  "4321 (odd) name (x) S 1 4321 4321 34816 -1 4194560 99 0 0 0 250 130 0 0 20 0 1 0 6000 " +
  "3133440 384 18446744073709551615 1 1 0 0 0 0 0 0 0 0 0 0 17 1 0 0 0 0 0\n";

Deno.test("parseProcessStat() takes a name with parentheses and spaces", () => {
  const stat = parseProcessStat(STAT);
  assert.deepEqual(stat, {
    pid: 4321,
    name: "odd) name (x",
    state: "S",
    parent: 1,
    tty: 34_816,
    userTicks: 250,
    systemTicks: 130,
    startTicks: 6_000,
  });
  assert.equal(stat && startOf(stat, 1_700_000_000), "2023-11-14T22:14:20.000Z");
});

Deno.test("parseProcessStat() gives nothing for a file that ended mid-read", () => {
  for (const text of ["", "4321 (sh", "4321 (sh) S 1 4321", "nonsense"]) {
    assert.equal(parseProcessStat(text), undefined);
  }
});

Deno.test("parseProcessIds(), parseCommandLine() and parseBootTime() read their files", () => {
  assert.deepEqual(parseProcessIds("Name:\tx\nUid:\t0\t33\t34\t0\nGid:\t5\t6\t7\t8\n"), {
    user: { real: "0", effective: "33", saved: "34" },
    group: { real: "5", effective: "6", saved: "7" },
  });
  assert.deepEqual(parseCommandLine("/bin/x\0--a long argument of a program\0\0"), [
    "/bin/x",
    "--a long argument of a program",
    "",
  ]);
  assert.deepEqual(parseCommandLine(""), []);
  assert.equal(parseBootTime("cpu 1 2\nbtime 1700000000\nprocesses 5\n"), 1_700_000_000);
});

Deno.test("parseSocketTable() reads addresses as the kernel holds them, IPv4 within IPv6 too", () => {
  const head =
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid\n";
  const tcp = head +
    "   0: 0100007F:9BAB 00000000:0000 0A 00000000:00000003 00:00000000 00000000     0        0 1835455 1 0 100 0 0 10 0\n" +
    "   1: 0201A8C0:0016 0101A8C0:C350 01 00000010:00000000 02:000A 00000000     0        0 77 2 0 20 4 1 10 -1\n";
  const [listening, open] = parseSocketTable(tcp, "tcp");
  assert.deepEqual(listening, {
    protocol: "tcp",
    local: { ip: "127.0.0.1", port: 39_851 },
    remote: { ip: "0.0.0.0", port: 0 },
    state: "listening",
    inode: "1835455",
    sendQueue: 0,
    receiveQueue: 3,
  });
  assert.deepEqual([open?.state, open?.local.ip, open?.sendQueue], [
    "established",
    "192.168.1.2",
    16,
  ]);
  assert.deepEqual([listening, open].map((socket) => socket && isListening(socket)), [true, false]);
  const six = (address: string) =>
    parseSocketTable(
      `   0: ${address}:0035 ${
        "0".repeat(32)
      }:0000 07 00000000:00000000 00:00000000 00000000   101        0 22 2 0 0\n`,
      "udp6",
    )[0];
  assert.equal(six("0".repeat(32))?.local.ip, "::");
  assert.equal(six("00000000000000000000000001000000")?.local.ip, "::1");
  assert.equal(six("0000000000000000FFFF00000100007F")?.local.ip, "::ffff:127.0.0.1");
  assert.equal(six("B80D01200000000000000000230C0000")?.local.ip, "2001:db8::c23");
  assert.equal(six("0".repeat(32))?.state, undefined);
});

Deno.test("parseRoutes() and parseIpv6Routes() give the default routes", () => {
  const text = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\n" +
    "eth0\t00000000\t010200C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n" +
    "eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n";
  assert.deepEqual(parseRoutes(text), [
    { interfaceName: "eth0", family: "IPv4", gateway: "192.0.2.1", metric: 100 },
  ]);
  const zero = "0".repeat(32);
  const six = `${zero} 00 ${zero} 00 fe800000000000000000000000000001 00000400 00000001 00000000 ` +
    `00450003     eth0\n${zero} 00 ${zero} 00 ${zero} ffffffff 00000001 00000000 00200200       lo\n`;
  assert.deepEqual(parseIpv6Routes(six), [
    { interfaceName: "eth0", family: "IPv6", gateway: "fe80::1", metric: 1024 },
  ]);
});

Deno.test("parsePasswd() and parseGroups() pass over what is no account", () => {
  assert.deepEqual(
    parsePasswd(
      "root:x:0:0:root:/root:/bin/bash\n# no\n+::::::\n" +
        "ann:x:1000:1000:Ann Example,Room 1,,:/home/ann:/bin/zsh\nbroken:x:y\n",
    ),
    [
      { name: "root", uid: 0, gid: 0, fullName: "root", home: "/root", shell: "/bin/bash" },
      {
        name: "ann",
        uid: 1000,
        gid: 1000,
        fullName: "Ann Example",
        home: "/home/ann",
        shell: "/bin/zsh",
      },
    ],
  );
  assert.deepEqual(parseGroups("sudo:x:27:ann,bob\nann:x:1000:\n"), [
    { name: "sudo", gid: 27, members: ["ann", "bob"] },
    { name: "ann", gid: 1000, members: [] },
  ]);
});

Deno.test("parseShadow() keeps kind and dates, and nothing of a hash", () => {
  const facts = parseShadow(
    "ann:$y$j9T$c2FsdHNhbHQ$aGFzaGhhc2g:19700:0:99999:7:30:20000:\nroot:*:19000:0:99999:7:::\n" +
      "bob:!$6$c2FsdA$aGFzaA:19000:0:99999:7:::\nsys:!!:::::::\nopen::19000::::::\n",
  );
  assert.deepEqual(facts.get("ann"), {
    status: "active",
    algorithm: "y",
    lastChange: "2023-12-09T00:00:00.000Z",
    minDays: 0,
    maxDays: 99_999,
    warningDays: 7,
    inactiveDays: 30,
    expires: "2024-10-04T00:00:00.000Z",
  });
  assert.deepEqual(["root", "bob", "sys", "open"].map((name) => facts.get(name)?.status), [
    "not_set",
    "locked",
    "not_set",
    "empty",
  ]);
  assert.equal(JSON.stringify([...facts]).includes("hash"), false);
  assert.doesNotMatch(JSON.stringify([...facts]), /aGFzaA|c2FsdA/);
});

Deno.test("parseLastLogin() reads the record of a user, and nothing out of holes and halves", () => {
  assert.deepEqual(lastLoginPlace(2), { offset: 584, length: 292 });
  const record = new Uint8Array(292);
  assert.equal(parseLastLogin(record), undefined);
  new DataView(record.buffer).setUint32(0, 1_700_000_000, true);
  record.set(new TextEncoder().encode("pts/0"), 4);
  record.set(new TextEncoder().encode("192.0.2.7"), 36);
  const login = { at: "2023-11-14T22:13:20.000Z", tty: "pts/0", host: "192.0.2.7" };
  assert.deepEqual(parseLastLogin(record), login);
  assert.equal(parseLastLogin(record.subarray(0, 100)), undefined);
});

Deno.test("parseUnits(), parseUnitFiles() and parseUnitFile() read what systemd says of services", () => {
  assert.deepEqual(
    parseUnits(
      '[{"unit":"ssh.service","load":"loaded","active":"active","sub":"running","description":"OpenBSD Secure Shell server"},' +
        '{"unit":"dev-sda.device","load":"loaded","active":"active","sub":"plugged","description":null}]',
    ),
    [{
      name: "ssh",
      description: "OpenBSD Secure Shell server",
      state: "active",
      subState: "running",
    }],
  );
  assert.deepEqual(
    parseUnitFiles(
      '[{"unit_file":"ssh.service","state":"enabled","preset":"enabled"},{"unit_file":"a.mount","state":"static","preset":null}]',
    ),
    [{ name: "ssh", enabled: "enabled" }],
  );
  assert.deepEqual(
    parseUnitFile(
      "[Unit]\nDescription=OpenBSD Secure Shell server\n[Service]\nType=notify\n" +
        "ExecStart=-/usr/sbin/sshd -D $SSHD_OPTS\nRestart=on-failure\nUser=root\n",
    ),
    {
      description: "OpenBSD Secure Shell server",
      executable: "/usr/sbin/sshd",
      restart: "on-failure",
      user: "root",
      group: undefined,
      workingDirectory: undefined,
      type: "notify",
    },
  );
});
