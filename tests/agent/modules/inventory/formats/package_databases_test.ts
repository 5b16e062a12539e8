/** The databases of package managers: texts as real systems have them, with other values. */

import assert from "node:assert/strict";
import { parseApkInstalled } from "../../../../../src/agent/modules/inventory/formats/apk_installed.ts";
import { parseDpkgStatus } from "../../../../../src/agent/modules/inventory/formats/dpkg_status.ts";
import { parseFlatpak } from "../../../../../src/agent/modules/inventory/formats/flatpak_metadata.ts";
import { parseNpmManifest } from "../../../../../src/agent/modules/inventory/formats/npm_manifest.ts";
import { parsePacmanDesc } from "../../../../../src/agent/modules/inventory/formats/pacman_desc.ts";
import { parsePythonMetadata } from "../../../../../src/agent/modules/inventory/formats/python_metadata.ts";
import {
  parseRpmQuery,
  RPM_QUERY_FORMAT,
} from "../../../../../src/agent/modules/inventory/formats/rpm_query.ts";
import { parseSnaps } from "../../../../../src/agent/modules/inventory/formats/snapd.ts";

const DEBIAN = `Package: adduser
Status: install ok installed
Priority: important
Section: admin
Installed-Size: 686
Maintainer: Debian Adduser Developers <adduser@packages.debian.org>
Architecture: all
Multi-Arch: foreign
Version: 3.134
Depends: passwd
Conffiles:
 /etc/adduser.conf cc3493ecd2d09837ffdcc3e25fdfff18
Description: add and remove users and groups
 This package includes the 'adduser' command.
 .
 Package: a line of a description that looks like a field

Package: libssl3
Status: hold ok installed
Priority: optional
Section: libs
Installed-Size: 6021
Maintainer: Debian OpenSSL Team <pkg-openssl-devel@alioth-lists.debian.net>
Architecture: amd64
Multi-Arch: same
Source: openssl (3.0.99-1)
Version: 3.0.99-1~deb12u2
Description: Secure Sockets Layer toolkit - shared libraries

Package: libssl3
Status: install ok installed
Section: libs
Installed-Size: 5999
Maintainer: Debian OpenSSL Team <pkg-openssl-devel@alioth-lists.debian.net>
Architecture: i386
Multi-Arch: same
Source: openssl
Version: 3.0.99-1~deb12u2
Description: Secure Sockets Layer toolkit - shared libraries

Package: exim4-base
Status: deinstall ok config-files
Architecture: amd64
Version: 4.96-15
Config-Version: 4.96-15
Description: support files for all Exim MTA packages

Package: broken
Status: install reinstreq half-installed
Architecture: amd64
Version: 1.0

Package: man-db
Status: install ok triggers-pending
Architecture: amd64
Version: 2.11.2-2
Description: tools for reading manual pages
Triggers-Pending: /usr/share/man

Package: git
Status: install ok installed
Priority: optional
Section: vcs
Installed-Size: 45777
Maintainer: Ubuntu Developers <ubuntu-devel-discuss@lists.ubuntu.com>
Architecture: amd64
Version: 1:2.43.0-1ubuntu7.9
Description: fast, scalable, distributed revision control system
Original-Maintainer: Jonathan Nieder <jrnieder@gmail.com>
`;

Deno.test("parseDpkgStatus() gives what is installed, held packages and architectures side by side with it", () => {
  const packages = parseDpkgStatus(DEBIAN);
  assert.deepEqual(packages.map(({ name, architecture }) => `${name}:${architecture}`), [
    "adduser:all",
    "libssl3:amd64",
    "libssl3:i386",
    "man-db:amd64",
    "git:amd64",
  ]);
  assert.deepEqual(packages[1], {
    type: "deb",
    name: "libssl3",
    version: "3.0.99-1~deb12u2",
    architecture: "amd64",
    description: "Secure Sockets Layer toolkit - shared libraries",
    size: 6021 * 1024,
    category: "libs",
    multiarch: "same",
    priority: "optional",
    source: "openssl",
    vendor: "Debian OpenSSL Team <pkg-openssl-devel@alioth-lists.debian.net>",
  });
  assert.equal(packages[4]?.version, "1:2.43.0-1ubuntu7.9");
});

Deno.test("parseDpkgStatus() names the line of what is no package, and gives nothing", () => {
  const line = DEBIAN.split("\n").length + 1;
  assert.throws(() => parseDpkgStatus(`${DEBIAN}\n\0\x01nonsense\n`), {
    message: `line ${line}: expected "Name: value"`,
  });
  assert.throws(() => parseDpkgStatus("Version: 1\nStatus: install ok installed\n"), {
    message: "line 1: a paragraph has no field Package",
  });
  assert.throws(() => parseDpkgStatus("Package: a\nStatus: installed\n"), /three words/);
  assert.throws(() => parseDpkgStatus("Package: a\nStatus: install ok installed\n"), /Version/);
});

Deno.test("parseDpkgStatus() reads status.d of images without dpkg, where no status is told", () => {
  const text = "Package: tzdata\nVersion: 2024b-0+deb12u1\nArchitecture: all\n";
  assert.deepEqual(
    parseDpkgStatus(text, { needsStatus: false }).map(({ name, version }) => [name, version]),
    [["tzdata", "2024b-0+deb12u1"]],
  );
});

Deno.test("parseRpmQuery() reads what rpm prints on SUSE and Enterprise Linux, without keys and without an epoch of 0", () => {
  const line = (...fields: string[]) => `${fields.join("\x1f")}\n`;
  const packages = parseRpmQuery(
    line(
      "bash",
      "4.4",
      "150400.25.22",
      "(none)",
      "x86_64",
      "The GNU Bourne-Again Shell",
      "1717000000",
      "1234567",
      "SUSE LLC <https://www.suse.com/>",
      "System/Shells",
      "bash-4.4-150400.25.22.src.rpm",
    ) + line(
      "grub2-common",
      "2.06",
      "77.el9",
      "1",
      "noarch",
      "grub2 common layout",
      "1717000001",
      "42",
      "Red Hat, Inc.",
      "Unspecified",
      "grub2-2.06-77.el9.src.rpm",
    ) + line(
      "zlib",
      "1.2.11",
      "40.el9",
      "0",
      "x86_64",
      "Compression library",
      "1717000001",
      "42",
      "(none)",
      "Unspecified",
      "(none)",
    ) + line(
      "gpg-pubkey",
      "fd431d51",
      "4ae0493b",
      "(none)",
      "(none)",
      "gpg(Red Hat)",
      "1717000001",
      "0",
      "(none)",
      "Public Keys",
      "(none)",
    ),
  );
  assert.deepEqual(packages.map(({ name, version }) => [name, version]), [
    ["bash", "4.4-150400.25.22"],
    ["grub2-common", "1:2.06-77.el9"],
    ["zlib", "1.2.11-40.el9"],
  ]);
  assert.equal(packages[0]?.installed, "2024-05-29T16:26:40.000Z");
  assert.equal(packages[2]?.vendor, undefined);
  assert.ok(RPM_QUERY_FORMAT.startsWith("%{NAME}\x1f%{VERSION}\x1f"));
});

Deno.test("parseRpmQuery() names the line of an error message between packages", () => {
  assert.throws(() => parseRpmQuery("error: rpmdbNextIterator: skipping h#  12\n"), /^.*line 1: /);
});

const ALPINE = `C:Q1qKcZ+j23xssAXmgQhkOO8dHnbWw=
P:alpine-baselayout
V:3.4.3-r2
A:x86_64
S:8911
I:315392
T:Alpine base dir structure and init scripts
U:https://git.alpinelinux.org/cgit/aports/tree/main/alpine-baselayout
L:GPL-2.0-only
o:alpine-baselayout
m:Natanael Copa <ncopa@alpinelinux.org>
t:1700000000
c:7749273fed55f6e1df7c9ee6a127f18099f98a94
F:dev
F:etc
R:motd
Z:Q1SLkS9hBidUbPwwrw+XR0Whv3ww8=

C:Q1XGI+ZdmOXQZ5sdPaXUZxxfAF9LM=
P:musl
V:1.2.4-r9
A:aarch64
S:383152
I:622592
T:the musl c library (libc) implementation
o:musl
m:Timo Teras <timo.teras@iki.fi>
t:1700000001

`;

Deno.test("parseApkInstalled() reads the database of Alpine", () => {
  const [first, second] = parseApkInstalled(ALPINE);
  assert.deepEqual(first, {
    type: "apk",
    name: "alpine-baselayout",
    version: "3.4.3-r2",
    architecture: "x86_64",
    description: "Alpine base dir structure and init scripts",
    installed: "2023-11-14T22:13:20.000Z",
    size: 315_392,
    source: "alpine-baselayout",
    vendor: "Natanael Copa <ncopa@alpinelinux.org>",
  });
  assert.equal(second?.architecture, "aarch64");
  assert.throws(() => parseApkInstalled(`${ALPINE}P:half\n`), {
    message: `line ${ALPINE.split("\n").length}: a package has no P: or no V:`,
  });
});

Deno.test("parsePacmanDesc() reads a package of Arch", () => {
  const text = `%NAME%
linux

%VERSION%
6.9.1.arch1-2

%BASE%
linux

%DESC%
The Linux kernel and modules

%URL%
https://github.com/archlinux/linux

%ARCH%
x86_64

%BUILDDATE%
1716200000

%INSTALLDATE%
1716300000

%PACKAGER%
Jan Alexander Steffens (heftig) <heftig@archlinux.org>

%SIZE%
136802304

%LICENSE%
GPL-2.0-only

`;
  assert.deepEqual(parsePacmanDesc(text), {
    type: "pacman",
    name: "linux",
    version: "6.9.1.arch1-2",
    architecture: "x86_64",
    description: "The Linux kernel and modules",
    installed: "2024-05-21T14:00:00.000Z",
    size: 136_802_304,
    category: undefined,
    source: "linux",
    vendor: "Jan Alexander Steffens (heftig) <heftig@archlinux.org>",
  });
  assert.throws(() => parsePacmanDesc("%NAME%\nlinux\n"), /no %NAME% or no %VERSION%/);
});

Deno.test("parseSnaps() reads snapd's answer, without what is not in use", () => {
  const snap = {
    name: "core22",
    version: "20240408",
    revision: "1380",
    summary: "Runtime environment based on Ubuntu 22.04",
    "install-date": "2024-06-01T10:00:00.123456+02:00",
    "installed-size": 77_819_904,
    status: "active",
    publisher: { id: "canonical", username: "canonical", "display-name": "Canonical" },
  };
  const answer = { type: "sync", result: [snap, { ...snap, status: "installed" }] };
  assert.deepEqual(parseSnaps(answer), [{
    type: "snap",
    name: "core22",
    version: "20240408",
    description: "Runtime environment based on Ubuntu 22.04",
    installed: "2024-06-01T08:00:00.123Z",
    size: 77_819_904,
    vendor: "Canonical",
  }]);
  assert.throws(() => parseSnaps({ type: "error", result: { message: "no" } }));
});

Deno.test("parseFlatpak() takes the newest release as the version, and the branch where none is told", () => {
  const metadata = "[Application]\nname=org.gnome.Maps\nruntime=org.gnome.Platform/x86_64/46\n\n" +
    "[Context]\nshared=network;\n";
  const place = { architecture: "x86_64", branch: "stable", path: "/var/lib/flatpak/app/x" };
  const appData = `<component><summary>Find places</summary><releases>
    <release type="stable" version="46.11" date="2024-05-26"/><release version="46.10"/></releases>`;
  const found = parseFlatpak({ metadata, appData }, place);
  assert.deepEqual([found.name, found.version, found.description], [
    "org.gnome.Maps",
    "46.11",
    "Find places",
  ]);
  assert.equal(parseFlatpak({ metadata, appData: "" }, place).version, "stable");
  assert.throws(() => parseFlatpak({ metadata: "", appData: "" }, place), /no name/);
});

Deno.test("parsePythonMetadata() reads headers only, not the description below", () => {
  const text = "Metadata-Version: 2.1\nName: PyYAML\nVersion: 6.0.1\nSummary: YAML parser\r\n" +
    "Author: UNKNOWN\n\nName: not-this\n";
  assert.deepEqual(parsePythonMetadata(text, "/p"), {
    type: "pypi",
    name: "PyYAML",
    version: "6.0.1",
    description: "YAML parser",
    vendor: undefined,
    path: "/p",
  });
  assert.throws(() => parsePythonMetadata("Name: x\n\nVersion: 1\n", "/p"), /"\/p" has no Name/);
});

Deno.test("parseNpmManifest() passes over manifests that only mark a folder", () => {
  const text = JSON.stringify({ name: "@scope/tool", version: "1.2.3", author: { name: "Ann" } });
  assert.deepEqual(parseNpmManifest(text, "/n"), {
    type: "npm",
    name: "@scope/tool",
    version: "1.2.3",
    description: undefined,
    vendor: "Ann",
    path: "/n",
  });
  assert.equal(parseNpmManifest('{"type":"commonjs"}', "/n"), undefined);
  assert.throws(() => parseNpmManifest("{", "/n"), SyntaxError);
});
