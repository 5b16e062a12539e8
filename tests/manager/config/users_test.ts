import assert from "node:assert/strict";
import { readUsers } from "../../../src/manager/config/users.ts";

async function inFile<T>(text: string, run: (file: string) => Promise<T>): Promise<T> {
  const file = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(file, text);
    return await run(file);
  } finally {
    await Deno.remove(file);
  }
}

Deno.test("readUsers() reads one user a line, and leaves comments and empty lines out", () =>
  inFile(
    "# people\r\nreader:grafana:pass:word\r\n\nenroller:images:long-enough\n",
    async (file) => {
      assert.deepEqual(await readUsers(file, "wazuh"), [
        { role: "reader", name: "grafana", password: "pass:word" },
        { role: "enroller", name: "images", password: "long-enough" },
      ]);
      assert.deepEqual(await readUsers(undefined, "wazuh"), []);
    },
  ));

Deno.test("readUsers() names the line that is wrong, and never what stands in it", async () => {
  const cases: [string, RegExp][] = [
    ["\nadmin:root:secret-secret", /line 2 does not begin with a role, one of reader, operator, /],
    ["secret-secret", /line 1 does not begin with a role/],
    ["reader::secret-secret", /line 1 has no name without spaces/],
    ["reader:a b:secret-secret", /line 1 has no name without spaces/],
    ["reader:ops:secret", /line 1 has a password of fewer than 8 characters/],
    ["reader:wazuh:secret-secret", /line 1 names a user that is there already/],
    ["reader:a:secret-one\noperator:a:secret-two", /line 2 names a user that is there already/],
  ];
  for (const [text, message] of cases) {
    await inFile(
      text,
      (file) =>
        assert.rejects(readUsers(file, "wazuh"), (error: Error & { code: string }) => {
          assert.match(error.message, message);
          assert.ok(!/secret/.test(error.message.replace(file, "")));
          return error.code === "config_invalid";
        }),
    );
  }
  await assert.rejects(readUsers("/nowhere/users", "wazuh"), { code: "config_invalid" });
});
