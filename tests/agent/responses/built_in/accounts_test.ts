import assert from "node:assert/strict";
import {
  type AccountFiles,
  accountIn,
  isLastSudoUser,
  shadowIn,
} from "../../../../src/agent/responses/built_in/accounts.ts";

const FILES: AccountFiles = {
  passwd: [
    "root:x:0:0:root:/root:/bin/bash",
    "daemon:x:1:1::/usr/sbin:/usr/sbin/nologin",
    "ann:x:1000:1000:Ann:/home/ann:/bin/bash",
    "bob:x:1001:1001::/home/bob:/bin/bash",
    "eve:x:1002:1002::/home/eve:/bin/sh",
  ].join("\n"),
  shadow: [
    "root:$y$root:19000:0:99999:7:::",
    "ann:$y$ann:19000:0:99999:7:::",
    "bob:$y$bob:19000:0:99999:7::20000:",
    "eve:!$y$eve:19000:0:99999:7:::",
  ].join("\n"),
  group: ["root:x:0:", "sudo:x:27:ann", "ops:x:50:bob", "ann:x:1000:", "bob:x:1001:"].join("\n"),
  sudoers: "Defaults env_reset\n%sudo ALL=(ALL:ALL) ALL\n",
};

const isLast = (name: string, change: Partial<AccountFiles> = {}, today = 19_500) =>
  isLastSudoUser(name, { ...FILES, ...change }, today);

Deno.test("accountIn() and shadowIn() find an account by its whole name", () => {
  assert.equal(accountIn(FILES.passwd, "eve")?.uid, 1002);
  assert.equal(accountIn(FILES.passwd, "ev"), undefined);
  assert.deepEqual(shadowIn(FILES.shadow, "bob"), { password: "$y$bob", expireDays: 20_000 });
  assert.deepEqual(shadowIn(FILES.shadow, "eve"), {
    password: "!$y$eve",
    expireDays: undefined,
  });
});

Deno.test("isLastSudoUser() knows the last member of the group sudo", () => {
  assert.equal(isLast("ann"), true);
  assert.equal(isLast("eve"), false);
  const group = FILES.group.replace("sudo:x:27:ann", "sudo:x:27:ann,bob");
  assert.equal(isLast("ann", { group }), false);
});

Deno.test("isLastSudoUser() counts nobody who cannot log in: locked, expired, without a shell", () => {
  const group = FILES.group.replace("sudo:x:27:ann", "sudo:x:27:ann,eve");
  assert.equal(isLast("ann", { group }), true);
  const both = FILES.group.replace("sudo:x:27:ann", "sudo:x:27:ann,bob");
  assert.equal(isLast("ann", { group: both }, 20_001), true);
  const passwd = FILES.passwd.replace("/home/bob:/bin/bash", "/home/bob:/usr/sbin/nologin");
  assert.equal(isLast("ann", { group: both, passwd }), true);
});

Deno.test("isLastSudoUser() knows members by their own group, groups and users that sudoers names", () => {
  const passwd = FILES.passwd.replace("1002:1002", "1002:27");
  assert.equal(isLast("eve", { passwd, group: "sudo:x:27:" }), true);
  const sudoers = "%ops ALL=(ALL) NOPASSWD: ALL\n";
  assert.equal(isLast("bob", { sudoers, group: "ops:x:50:bob" }), true);
  assert.equal(isLast("ann", { sudoers }), false);
  assert.equal(isLast("eve", { sudoers: "eve ALL=(ALL) ALL", group: "" }), true);
  assert.equal(isLast("eve", { sudoers: "User_Alias ADMINS = eve, bob", group: "" }), true);
});

Deno.test("isLastSudoUser() takes nobody for another who may not do everything", () => {
  const sudoers = `${FILES.sudoers}bob ALL=(root) /usr/bin/less\n`;
  assert.equal(isLast("ann", { sudoers }), true);
  assert.equal(isLast("ann", { sudoers: `${FILES.sudoers}bob ALL=(ALL) ALL\n` }), false);
});
