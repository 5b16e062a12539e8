import assert from "node:assert/strict";
import { CommandMask } from "../../../src/agent/platform/command_mask.ts";

const hide = (...args: string[]) => new CommandMask().hide(args);

Deno.test("CommandMask hides secrets that stand in an argument, or in the next one", () => {
  assert.deepEqual(hide("mysql", "--password=hunter2", "db"), [
    "mysql",
    "--password=********",
    "db",
  ]);
  assert.deepEqual(hide("mysql", "--password", "hunter2", "db"), [
    "mysql",
    "--password",
    "********",
    "db",
  ]);
  assert.deepEqual(hide("curl", "--proxy-password", "a b"), [
    "curl",
    "--proxy-password",
    "******** b",
  ]);
  assert.deepEqual(hide("env", "PGPASSWORD=x", "AWS_SECRET=y"), [
    "env",
    "PGPASSWORD=********",
    "AWS_SECRET=********",
  ]);
  assert.deepEqual(hide("curl", "-H", "Authorization: Bearer abc.def"), [
    "curl",
    "-H",
    "Authorization: Bearer ********",
  ]);
  assert.deepEqual(hide("git", "clone", "https://ann:s3cret@example.org/x"), [
    "git",
    "clone",
    "https://ann:********@example.org/x",
  ]);
});

Deno.test("CommandMask hides the password of curl's user, and of an address whose password has an @", () => {
  const line = ["curl", "-u", "me:hunter2", "-ume:hunter2", "--user=me:hunter2", "--proxy-user"];
  assert.deepEqual(hide(...line, "me:hunter2", "https://me:hun@ter2@example.org/a@b"), [
    ...["curl", "-u", "me:********", "-ume:********", "--user=me:********", "--proxy-user"],
    ...["me:********", "https://me:********@example.org/a@b"],
  ]);
});

Deno.test("CommandMask leaves what is no secret as it is", () => {
  const docker = ["docker", "run", "--user", "1000:1000", "-u", "root", "a:b"];
  assert.deepEqual(hide(...docker), docker);
  const plain = ["/usr/bin/vim", "/etc/passwd", "--tokens", "https://example.org:8443/a@b", ""];
  assert.deepEqual(hide(...plain), plain);
  assert.deepEqual(hide(), []);
});

Deno.test("CommandMask takes other patterns, with a group that is kept or without", () => {
  assert.deepEqual(
    new CommandMask(["--pin[= ]\\S+", "(-k)\\S+"]).hide(["x", "--PIN", "1234", "-k99"]),
    [
      "x",
      "--PIN",
      "********",
      "-k********",
    ],
  );
  assert.throws(() => new CommandMask(["("]), SyntaxError);
});

Deno.test("CommandMask cuts command lines that no index takes, and is quick with those made to be slow", () => {
  const slow = "a-".repeat(100_000);
  assert.equal(hide(slow).join("").length, 16_384);
});
