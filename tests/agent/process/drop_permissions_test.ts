import assert from "node:assert/strict";
import { join } from "node:path";

const ROOT = Deno.realPathSync(join(import.meta.dirname ?? "", "../../.."));
const MODULE = join(ROOT, "src/agent/process/drop_permissions.ts");

/** What a process of its own prints that gives the right back: it cannot be taken again. */
async function afterDrop(code: string): Promise<string> {
  const script = `import { dropEnvironment } from ${JSON.stringify(MODULE)};
    import process from "node:process";
    await dropEnvironment(Deno.env.toObject());
    ${code}`;
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-check", "--config", join(ROOT, "deno.json"), "--ext=ts", script],
    env: { DENO_USR2_MEMORY_TRIM: "1", AGENT_PASSWORD: "secret" },
  }).output();
  return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
}

Deno.test("dropEnvironment() leaves nothing of the environment to read, but what the agent goes on with", async () => {
  const said = await afterDrop(`
    console.log(JSON.stringify(process.env));
    for (const read of [() => Deno.env.get("AGENT_PASSWORD"), () => Deno.env.toObject()]) {
      try { read(); console.log("read"); } catch (error) { console.log(error.name); }
    }
    console.log((await Deno.permissions.request({ name: "env" })).state);`);
  assert.match(said, /^\{"DENO_USR2_MEMORY_TRIM":"1"\}\nNotCapable\nNotCapable\n(prompt|denied)\n/);
});

Deno.test("dropEnvironment() leaves libraries working that look for variables of their own", async () => {
  const said = await afterDrop(`
    const { parseDocument } = await import("yaml");
    console.log(JSON.stringify(parseDocument("a: 1").toJS()));`);
  assert.equal(said, '{"a":1}\n');
});
