import assert from "node:assert/strict";
import { assertRefused } from "../harness.ts";
import { command, Scene } from "./scene.ts";

const AGENT = { type: "group", id: "*" };

function without(path: string): Record<string, unknown> {
  const whole = structuredClone(command({ target: AGENT })) as Record<
    string,
    Record<string, unknown>
  >;
  const [outer = "", inner] = path.split(".");
  if (inner === undefined) delete whole[outer];
  else delete whole[outer]?.[inner];
  return whole;
}

Deno.test("a command request is refused with the member at fault, and nothing is stored", async () => {
  await using scene = await Scene.open();
  await scene.agent("one");
  const good = command({ target: AGENT });
  const third = (wrong: unknown) => ({ commands: [good, good, wrong] });
  const cases: [unknown, string | RegExp][] = [
    ["", "Body content is required"],
    [" \n", "Body content is required"],
    ["{", "Body is not valid JSON"],
    [{}, "No commands provided."],
    [null, "No commands provided."],
    [{ commands: [] }, "No commands provided."],
    [{ commands: null }, "No commands provided."],
    [{ commands: {} }, "commands is not a list"],
    [{ commands: [null] }, "commands[0] is required"],
    [{ commands: ["restart"] }, "commands[0] is not an object"],
    ...[
      "source",
      "user",
      "target",
      "target.type",
      "target.id",
      "action",
      "action.name",
      "action.args",
      "action.version",
      "timeout",
    ].map((path): [unknown, string] => [third(without(path)), `commands[2].${path} is required`]),
    [third(command({ target: AGENT, timeout: null })), "commands[2].timeout is required"],
    [
      third(command({ target: AGENT, source: "me" })),
      "commands[2].source is not one of Users/Services, Engine, Content manager",
    ],
    [
      third(command({ target: { type: "all", id: "*" } })),
      "commands[2].target.type is not one of agent, group, server",
    ],
    [third(command({ target: { type: "agent", id: "" } })), "commands[2].target.id is empty"],
    [
      third(command({ target: { type: "agent", id: "nobody" } })),
      'commands[2].target.id matches no agent: "nobody"',
    ],
    [
      third(command({ target: { type: "group", id: "none" } })),
      'commands[2].target.id matches no agent: "none"',
    ],
    [third(command({ target: AGENT, timeout: 0 })), "commands[2].timeout is less than 1 second"],
    [third(command({ target: AGENT, timeout: "9" })), /^commands\[2\]\.timeout is not a whole/],
    [third(command({ target: AGENT, timeout: 1e9 })), /^commands\[2\]\.timeout is more than/],
    [
      third(command({ target: AGENT, action: { name: "a", version: "1", args: "x" } })),
      "commands[2].action.args is not an object or a list",
    ],
    [
      third(
        command({ target: AGENT, action: { name: "a", version: "1", args: ["x".repeat(70_000)] } }),
      ),
      "commands[2].action.args is larger than 65536 bytes",
    ],
  ];
  for (const [body, message] of cases) await assertRefused(await scene.post(body), 400, message);
  assert.deepEqual(await scene.orders(), []);
  const [first] = await scene.submit(good);
  assert.match(first ?? "", /^[0-9a-f]{8}-1-1$/, "no request id was used up");
});

Deno.test("a command request needs the user's token, and an empty one needs no type", async () => {
  await using scene = await Scene.open();
  const url = "http://manager/_plugins/_command_manager/commands";
  await assertRefused(await scene.test.fetch(url, { method: "POST" }), 401, "No token");
  const headers = { Authorization: `Bearer ${await scene.test.userToken()}` };
  const empty = await scene.test.fetch(url, { method: "POST", headers });
  await assertRefused(empty, 400, "Body content is required");
});

for (const source of ["Users/Services", "Engine", "Content manager"]) {
  Deno.test(`a command request may come from ${source}`, async () => {
    await using scene = await Scene.open();
    await scene.agent("one");
    assert.equal((await scene.submit(command({ target: AGENT, source }))).length, 1);
  });
}
