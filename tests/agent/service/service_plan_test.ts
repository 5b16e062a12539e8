import assert from "node:assert/strict";
import { servicePlan, usualUser } from "../../../src/agent/service/service_plan.ts";

const WINDOWS = {
  executable: "C:\\Program Files\\R&D\\agent.exe",
  configFile: "C:\\ProgramData\\agent\\agent.yaml",
  dataFolder: "C:\\ProgramData\\agent",
  runFolder: "C:\\ProgramData\\agent\\run",
};

Deno.test("servicePlan for Windows is a task that starts with the machine, as the local system", () => {
  const plan = servicePlan("windows", { ...WINDOWS, user: usualUser("windows") });
  assert.equal(plan.file.path, "C:\\ProgramData\\agent\\agent-task.xml");
  assert.match(plan.file.text, /<BootTrigger \/>/);
  assert.match(plan.file.text, /<UserId>S-1-5-18<\/UserId>/);
  assert.match(plan.file.text, /<Command>C:\\Program Files\\R&amp;D\\agent\.exe<\/Command>/);
  const file = "&quot;C:\\ProgramData\\agent\\agent.yaml&quot;";
  assert.ok(plan.file.text.includes(`<Arguments>run --config ${file}</Arguments>`));
  const create = ["schtasks", "/Create", "/F", "/XML", plan.file.path, "/TN", "agent"];
  assert.deepEqual(plan.enable, [create]);
});

Deno.test("servicePlan for macOS is a daemon with the paths in force, and a user when it is not root", () => {
  const paths = { ...WINDOWS, executable: "/opt/R&D/agent", configFile: "/etc/agent.yaml" };
  const plan = servicePlan("darwin", { ...paths, user: "root" });
  assert.match(plan.file.text, /<string>\/opt\/R&amp;D\/agent<\/string>/);
  assert.match(plan.file.text, /<string>\/etc\/agent\.yaml<\/string>/);
  assert.doesNotMatch(plan.file.text, /UserName/);
  const own = servicePlan("darwin", { ...paths, user: "_agent" }).file.text;
  assert.match(own, /<key>UserName<\/key>\s*<string>_agent<\/string>/);
});
