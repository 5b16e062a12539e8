/** Programs of macOS and Windows: recorded text with other values. None of it was tried on such a machine. */

import assert from "node:assert/strict";
import {
  parseApplications,
  parseDsclUsers,
  parseLaunchctl,
  parseLsof,
  parseMacHardware,
} from "../../../../../src/agent/modules/inventory/formats/macos.ts";
import {
  parseHotfixes,
  parseNetstat,
  parseTasklist,
  parseUninstallKeys,
  parseWindowsServices,
} from "../../../../../src/agent/modules/inventory/formats/windows.ts";

Deno.test("parseApplications() reads system_profiler's applications (macOS)", () => {
  const json = JSON.stringify({
    SPApplicationsDataType: [{
      _name: "Safari",
      arch_kind: "arch_arm_i64",
      lastModified: "2024-05-13T10:00:00Z",
      obtained_from: "apple",
      path: "/Applications/Safari.app",
      version: "17.5",
    }],
  });
  assert.deepEqual(parseApplications(json), [{
    type: "macos",
    name: "Safari",
    version: "17.5",
    installed: "2024-05-13T10:00:00.000Z",
    path: "/Applications/Safari.app",
    source: "apple",
    vendor: undefined,
  }]);
  assert.throws(() => parseApplications("{}"));
});

Deno.test("parseMacHardware() reads Apple's own chips and Intel's", () => {
  const hardware = (one: object) => JSON.stringify({ SPHardwareDataType: [one] });
  assert.deepEqual(
    parseMacHardware(hardware({
      chip_type: "Apple M2 Pro",
      number_processors: "proc 10:6:4",
      physical_memory: "16 GB",
      serial_number: "C02XX0XXXXXX",
    })),
    {
      serial: "C02XX0XXXXXX",
      name: "Apple M2 Pro",
      cores: 10,
      speed: undefined,
      total: 16 * 2 ** 30,
    },
  );
  const intel = parseMacHardware(hardware({
    cpu_type: "Quad-Core Intel Core i5",
    number_processors: 1,
    current_processor_speed: "2.4 GHz",
  }));
  assert.deepEqual([intel.name, intel.speed, intel.cores], ["Quad-Core Intel Core i5", 2400, 1]);
});

Deno.test("parseLsof() gives the sockets that wait for others (macOS)", () => {
  const text =
    "p501\nclaunchd\nf8\nPTCP\nn*:22\nTST=LISTEN\nTQR=0\nf9\nPTCP\nn[::1]:631\nTST=LISTEN\n" +
    "p700\ncmDNSResponder\nf7\nPUDP\nn*:5353\nf8\nPTCP\nn192.0.2.1:50000->192.0.2.2:443\nTST=ESTABLISHED\n" +
    "f9\nPUDP\nn*:*\n";
  assert.deepEqual(
    parseLsof(text).map(({ pid, command, protocol, local, state }) =>
      `${pid} ${command} ${protocol} ${local.ip} ${local.port} ${state}`
    ),
    [
      "501 launchd tcp 0.0.0.0 22 listening",
      "501 launchd tcp ::1 631 listening",
      "700 mDNSResponder udp 0.0.0.0 5353 undefined",
    ],
  );
});

Deno.test("parseDsclUsers() reads blocks, with long values in the next line (macOS)", () => {
  const text = "NFSHomeDirectory: /Users/ann\nPrimaryGroupID: 20\nRealName:\n Ann Example\n" +
    "RecordName: ann com.apple.idms.appleid\nUniqueID: 501\nUserShell: /bin/zsh\n-\n" +
    "RecordName: _odd\n-\nNFSHomeDirectory: /var/empty\nPrimaryGroupID: -2\nRealName: Nobody\n" +
    "RecordName: nobody\nUniqueID: -2\nUserShell: /usr/bin/false\n";
  assert.deepEqual(parseDsclUsers(text).map(({ name, uid, fullName }) => [name, uid, fullName]), [
    ["ann", 501, "Ann Example"],
    ["nobody", -2, "Nobody"],
  ]);
});

Deno.test("parseLaunchctl() tells jobs that run from those that do not (macOS)", () => {
  assert.deepEqual(
    parseLaunchctl("PID\tStatus\tLabel\n123\t0\tcom.apple.Finder\n-\t0\tcom.example\n"),
    [
      { name: "com.apple.Finder", state: "active" },
      { name: "com.example", state: "inactive" },
    ],
  );
  assert.throws(() => parseLaunchctl("Could not connect\n"), /line 1: expected the columns/);
});

Deno.test("parseUninstallKeys() gives programs, not parts of Windows or updates of programs", () => {
  const root = String.raw`HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall`;
  const text = `\r\n${root}\\7-Zip\r\n    DisplayName    REG_SZ    7-Zip 23.01 (x64)\r\n` +
    "    DisplayVersion    REG_SZ    23.01\r\n    InstallDate    REG_SZ    20240531\r\n" +
    "    Publisher    REG_SZ    Igor Pavlov\r\n    EstimatedSize    REG_DWORD    0x163e\r\n" +
    `    InstallLocation    REG_SZ    C:\\Program Files\\7-Zip\\\r\n\r\n${root}\\Part\r\n` +
    "    DisplayName    REG_SZ    A part\r\n    SystemComponent    REG_DWORD    0x1\r\n\r\n" +
    `${root}\\Update\r\n    DisplayName    REG_SZ    Update\r\n    ParentKeyName    REG_SZ    Office\r\n`;
  assert.deepEqual(parseUninstallKeys(text, "x86_64"), [{
    type: "win",
    name: "7-Zip 23.01 (x64)",
    version: "23.01",
    architecture: "x86_64",
    installed: "2024-05-31T00:00:00.000Z",
    size: 0x163e * 1024,
    path: "C:\\Program Files\\7-Zip\\",
    vendor: "Igor Pavlov",
  }]);
});

Deno.test("parseHotfixes() reads one, several and none (Windows)", () => {
  assert.deepEqual(parseHotfixes('{"HotFixID":"KB5034441"}'), ["KB5034441"]);
  assert.deepEqual(
    parseHotfixes(
      '[{"HotFixID":"kb1"},{"HotFixID":"KB1"},{"HotFixID":"File 1"},{"HotFixID":null}]',
    ),
    ["KB1"],
  );
  assert.deepEqual(parseHotfixes(""), []);
  assert.throws(() => parseHotfixes("Get-HotFix : Access is denied"), SyntaxError);
});

Deno.test("parseWindowsServices() finds the executable with and without quotes", () => {
  const service = (PathName: string | null) => ({
    Name: "Spooler",
    DisplayName: "Print Spooler",
    State: "Running",
    StartMode: "Auto",
    PathName,
    StartName: "LocalSystem",
  });
  const paths = ['"C:\\Program Files\\a\\b.exe" -k', "C:\\Program Files\\a\\b.exe -k", null];
  assert.deepEqual(
    parseWindowsServices(JSON.stringify(paths.map(service))).map(({ executable }) => executable),
    ["C:\\Program Files\\a\\b.exe", "C:\\Program Files\\a\\b.exe", undefined],
  );
});

Deno.test("parseNetstat() and parseTasklist() read sockets and whose they are (Windows)", () => {
  const text =
    "\r\nActive Connections\r\n\r\n  Proto  Local Address          Foreign Address        State           PID\r\n" +
    "  TCP    0.0.0.0:135            0.0.0.0:0              LISTENING       984\r\n" +
    "  TCP    192.0.2.1:50000        192.0.2.2:443          ESTABLISHED     77\r\n" +
    "  TCP    [::]:445               [::]:0                 LISTENING       4\r\n" +
    "  UDP    [fe80::1%12]:1900      *:*                                    1200\r\n";
  assert.deepEqual(
    parseNetstat(text).map(({ protocol, local, remote, state, pid }) =>
      [protocol, local.ip, local.port, remote.port, state, pid].join(" ")
    ),
    [
      "tcp 0.0.0.0 135 0 listening 984",
      "tcp 192.0.2.1 50000 443 established 77",
      "tcp6 :: 445 0 listening 4",
      "udp6 fe80::1 1900 0  1200",
    ],
  );
  const names = parseTasklist(
    '"System","4","Services","0","144 K"\r\n"a ""b"".exe","77","Console","1","9 K"\r\n',
  );
  assert.deepEqual([...names], [[4, "System"], [77, 'a "b".exe']]);
});
