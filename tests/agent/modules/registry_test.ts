import assert from "node:assert/strict";
import { listOptions } from "../../../src/agent/config/options.ts";
import { configSchema } from "../../../src/agent/config/schema.ts";
import { MODULES } from "../../../src/agent/modules/modules.ts";
import { requireModule } from "../../../src/agent/modules/module_runner.ts";
import { AgentError } from "../../../src/shared/errors.ts";

Deno.test("every module of the registry has a name of its own and a switch that takes effect at once", () => {
  const names = MODULES.map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
  assert(names.includes("logcollector"));
  const sections = Object.keys(configSchema({ modules: [] }).shape);
  assert.deepEqual(names.filter((name) => sections.includes(name)), []);
  const options = listOptions("linux");
  for (const name of names) {
    assert.match(name, /^[a-z][a-z0-9_]*$/);
    assert.equal(options.get(`${name}.enabled`)?.kind, "boolean", name);
    assert.equal(options.get(`${name}.enabled`)?.live, true, name);
  }
});

Deno.test("requireModule() says which module was perhaps meant", () => {
  assert.equal(requireModule("logcollector", MODULES).name, "logcollector");
  assert.throws(() => requireModule("logcolector", MODULES), (error) => {
    assert(error instanceof AgentError);
    assert.equal(error.code, "usage");
    assert.match(error.message, /no module "logcolector", did you mean "logcollector"\?/);
    assert.match(error.hint ?? "", /logcollector/);
    return true;
  });
});
