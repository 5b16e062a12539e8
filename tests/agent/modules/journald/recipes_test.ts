import assert from "node:assert/strict";
import { resolveConfig } from "../../../../src/agent/config/load.ts";

/** The examples of the page that set a module of logs. */
const EXAMPLES = [...Deno.readTextFileSync("docs/logs.md").matchAll(/```yaml\n([\s\S]*?)```/g)]
  .map(([, yaml = ""]) => yaml).filter((yaml) => /^(journald|eventlog|unifiedlog):/.test(yaml));

Deno.test("docs/logs.md: each configuration of the journal and of logs of other systems is valid", () => {
  assert.ok(EXAMPLES.length >= 4);
  for (const text of EXAMPLES) {
    const [section = ""] = text.split(":");
    const platforms = { journald: "linux", eventlog: "windows", unifiedlog: "darwin" } as const;
    const platform = platforms[section as keyof typeof platforms];
    const { config } = resolveConfig({ path: "/agent.yaml", text }, { env: {}, platform });
    assert.equal(config[section as keyof typeof platforms].enabled, true, text);
  }
});
