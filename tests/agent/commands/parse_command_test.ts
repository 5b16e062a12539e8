import assert from "node:assert/strict";
import { parseCommand } from "../../../src/agent/commands/parse_command.ts";

const limits = { defaultMs: 60_000, maxMs: 600_000 };
const parse = (member: unknown) => parseCommand(member, limits);

function problem(member: unknown): string {
  const parsed = parse(member);
  assert.ok("problem" in parsed, `taken as a command: ${JSON.stringify(parsed)}`);
  return parsed.problem;
}

Deno.test("parseCommand() reads what a server sends, with all its members", () => {
  const parsed = parse({
    document_id: "A8-62pMBBmC6Jrvqj9kW",
    request_id: "17",
    order_id: "3",
    source: "Users/Services",
    user: "Management API",
    target: { type: "agent", id: "0195" },
    action: { name: "set-group", version: "5.0.0", args: { groups: ["web"] } },
    timeout: 100,
    status: "sent",
  });
  assert.deepEqual(parsed, {
    document_id: "A8-62pMBBmC6Jrvqj9kW",
    action: "set-group",
    args: { groups: ["web"] },
    timeout_ms: 100_000,
    start_within_ms: 100_000,
    from: { source: "Users/Services", user: "Management API" },
  });
});

Deno.test("parseCommand() understands both older forms", () => {
  const times = { timeout_ms: 60_000, start_within_ms: 60_000 };
  const restart = { document_id: "1", action: "restart", args: {}, ...times };
  assert.deepEqual(parse({ id: "1", type: "restart" }), restart);
  const listed = parse({ document_id: "2", action: { name: "set-group", args: ["web"] } });
  assert.deepEqual("args" in listed && listed.args, ["web"]);
});

Deno.test("parseCommand() gives a time limit to what has none and cuts what is too long", () => {
  const timeoutOf = (timeout: unknown) => {
    const parsed = parse({ document_id: "1", action: { name: "x" }, timeout });
    return "timeout_ms" in parsed ? parsed.timeout_ms : parsed.problem;
  };
  assert.equal(timeoutOf(undefined), 60_000);
  assert.equal(timeoutOf(null), 60_000);
  assert.equal(timeoutOf(0), 60_000);
  assert.equal(timeoutOf(0.5), 500);
  assert.equal(timeoutOf(1e12), 600_000);
  assert.match(String(timeoutOf(-1)), /"timeout"/);
  assert.match(String(timeoutOf("100")), /"timeout": expected number, received string/);
});

Deno.test("parseCommand() says what is wrong and keeps the id if there is one", () => {
  assert.deepEqual(parse({ document_id: "7", action: { name: 3 } }), {
    document_id: "7",
    problem: 'Malformed command: "action.name": expected string, received number',
  });
  assert.deepEqual(parse({ id: "7", type: "restart", timeout: "soon" }), {
    document_id: "7",
    action: "restart",
    problem: 'Malformed command: "timeout": expected number, received string',
  });
  assert.match(problem({ document_id: "7" }), /"action": expected object/);
  assert.match(problem({ action: { name: "restart" } }), /"document_id": expected string/);
  assert.match(problem("restart"), /expected object, received string/);
  assert.match(problem(null), /expected object, received null/);
});

Deno.test("parseCommand() refuses ids that would not stand in one line, and has none then", () => {
  for (const id of ["", "a\nb", "x".repeat(257), 17]) {
    const parsed = parse({ document_id: id, action: { name: "restart" } });
    assert.ok("problem" in parsed);
    assert.equal(parsed.document_id, undefined);
  }
});

Deno.test("parseCommand() refuses what is larger than 1 MiB or nested without end", () => {
  const args = { text: "x".repeat(1024 * 1024) };
  assert.match(problem({ document_id: "1", action: { name: "x", args } }), /the limit is 1048576/);
  let nested: unknown = [];
  for (let level = 0; level < 100_000; level++) nested = [nested];
  assert.match(problem({ document_id: "1", action: { name: "x", args: nested } }), /64 levels/);
});
