import assert from "node:assert/strict";
import {
  parseOsRelease,
  parseSystemVersion,
  publicAddresses,
  readHostInfo,
} from "../../../src/agent/platform/host_info.ts";

Deno.test("parseOsRelease() reads name and version however they are quoted", () => {
  const debian = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\n' +
    'VERSION_ID="12"\nID=debian\n';
  assert.deepEqual(parseOsRelease(debian), { name: "Debian GNU/Linux", version: "12" });
  const alpine = "NAME='Alpine Linux'\r\nVERSION_ID=3.20.1\r\n";
  assert.deepEqual(parseOsRelease(alpine), { name: "Alpine Linux", version: "3.20.1" });
  const odd = 'NAME="My \\"Own\\" \\$OS"\n# VERSION_ID=1\n';
  assert.deepEqual(parseOsRelease(odd), { name: 'My "Own" $OS' });
});

Deno.test("parseOsRelease() does with what there is", () => {
  assert.deepEqual(parseOsRelease("ID=arch\nBUILD_ID=rolling"), {
    name: "arch",
    version: "rolling",
  });
  assert.deepEqual(parseOsRelease(""), {});
  assert.deepEqual(parseOsRelease('NAME=""\n=\nVERSION_ID'), {});
});

Deno.test("parseSystemVersion() finds the version of macOS", () => {
  const plist = "<dict><key>ProductName</key><string>macOS</string>\n" +
    "<key>ProductVersion</key>\n\t<string>15.1</string></dict>";
  assert.equal(parseSystemVersion(plist), "15.1");
  assert.equal(parseSystemVersion("<dict></dict>"), undefined);
});

Deno.test("publicAddresses() leaves out loopback, link-local and repeated addresses, and has a bound", () => {
  const addresses = [
    "127.0.0.1",
    "10.0.0.5",
    "::1",
    "fe80::1",
    "FEBF::1",
    "169.254.1.1",
    "fd00::2",
    "10.0.0.5",
  ];
  const interfaces = addresses.map((address) => ({ address }));
  assert.deepEqual(publicAddresses(interfaces), ["10.0.0.5", "fd00::2"]);
  const many = Array.from(
    { length: 1_000 },
    (_, index) => ({ address: `10.1.${index >> 8}.${index & 255}` }),
  );
  assert.equal(publicAddresses(many).length, 32);
});

Deno.test("readHostInfo() describes this machine without an empty member", () => {
  const { architecture, hostname, ip, os } = readHostInfo();
  assert.ok(["x86_64", "aarch64"].includes(architecture));
  assert.ok(["Linux", "macOS", "Windows"].includes(os.type));
  for (const text of [hostname, os.name, os.version]) assert.notEqual(text, "");
  assert.ok(Array.isArray(ip));
});

Deno.test({
  name: "readHostInfo() has stand-ins for what it may not read",
  permissions: "none",
  fn() {
    const { hostname, ip, os } = readHostInfo();
    assert.equal(hostname, "localhost");
    assert.deepEqual(ip, []);
    assert.equal(os.version, "unknown");
  },
});
