import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";

const ROOT = new URL("../../", import.meta.url);

async function bench(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-check", "-P=test", "bench/main.ts", ...args],
    cwd: fileURLToPath(ROOT),
    env: { NO_COLOR: "1" },
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

Deno.test("bench refuses an option that it does not have", async () => {
  const { code, stderr } = await bench("--quik");
  assert.equal(code, 2);
  assert.match(stderr, /unknown option '--quik'\n\(Did you mean --quick\?\)/);
});

Deno.test("bench names the suites when asked for one that there is not", async () => {
  const { code, stderr } = await bench("--only", "nothing");
  assert.equal(code, 2);
  assert.match(stderr, /Allowed choices are batch_size, event_count, payload_size/);
});
