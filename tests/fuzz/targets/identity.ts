import assert from "node:assert/strict";
import fc from "fast-check";
import { IdentityFile } from "../../../src/agent/identity/identity_file.ts";
import { TempFolder } from "../../support/queues.ts";
import { mutatedText, oddFormOf } from "../harness/arbitraries.ts";
import { resultOrRefusal } from "../harness/expectations.ts";
import type { FuzzTarget } from "../harness/target.ts";

const KEY = "abcdefghijklmnopqrstuvwxyz012345";
const SAMPLE = {
  schema: 1,
  id: "019b5e3f-7f00-7000-8000-000000000001",
  name: "box",
  key: KEY,
  groups: ["web"],
  registered_at: "2026-01-01T00:00:00.000Z",
  management_url: "https://h:55000",
  token: { value: "t0ken-s3cret", expires_at: null, life_ms: 900_000, server_offset_ms: 0 },
};

const text = fc.oneof(
  mutatedText(JSON.stringify(SAMPLE, null, 2)),
  oddFormOf(SAMPLE, ...Object.keys(SAMPLE)).map((value) => JSON.stringify(value) ?? ""),
);

export const target: FuzzTarget = {
  about:
    "any identity.json is read or refused, never with the key in the message, and is written as it was read",
  weight: 4,
  open() {
    const folder = new TempFolder();
    const file = new IdentityFile(folder.path);
    const property = fc.asyncProperty(text, async (text) => {
      Deno.writeTextFileSync(file.path, text, { mode: 0o600 });
      const identity = await resultOrRefusal(() => file.load(), ({ message }) => {
        assert.ok(message.includes(file.path));
        for (const secret of [KEY.slice(0, 12), "t0ken"]) {
          assert.ok(!message.includes(secret), message);
        }
      });
      if (identity === undefined) return;
      file.save(identity);
      assert.equal(JSON.stringify(file.load()), JSON.stringify(identity));
    });
    return { property, close: () => folder[Symbol.dispose]() };
  },
};
