import assert from "node:assert/strict";
import {
  type Answer,
  bodyForm,
  messageOfAnswer,
} from "../../../../src/agent/comms/answers/answer.ts";

function answer(body: string, { status = 400, type = "application/json" } = {}): Answer {
  const bytes = new TextEncoder().encode(body);
  const headers = new Headers({ "content-type": type });
  return { kind: "answer", url: "https://h/x", status, headers, bytes, truncated: false };
}

Deno.test("messageOfAnswer() reads out every form in which a reason comes", () => {
  const table: [unknown, string][] = [
    [{ message: "Name {taken}", code: 1 }, "Name {taken}"],
    [{ title: "Bad Request", detail: "host is missing" }, "Bad Request: host is missing"],
    [{ title: "Bad Request", detail: "Bad Request" }, "Bad Request"],
    [{ detail: "Not allowed" }, "Not allowed"],
    [
      { detail: [{ loc: ["body", "host", 0], msg: "field required" }, { msg: "too long" }] },
      "body.host.0: field required; too long",
    ],
    [{ error: { message: "away" } }, "away"],
    [{ error: "away" }, "away"],
    [{ error: { type: "mapper", reason: "no field" } }, "no field"],
    [{ errors: [{ message: "a" }, "b", { msg: "c" }, "d"] }, "a; b; c; and 1 more"],
    [["one", "two"], "one; two"],
    ["text", "text"],
    [{ message: "", title: "Gone" }, "Gone"],
    [{ other: 1 }, '{"other":1}'],
  ];
  for (const [body, text] of table) {
    assert.equal(messageOfAnswer(answer(JSON.stringify(body))), text);
  }
});

Deno.test("messageOfAnswer() tells a page as what it is, and shows what a terminal would obey", () => {
  const page = answer("<html><head><title>Hotel \x1b[2J WiFi</title>", { type: "text/html" });
  assert.equal(
    messageOfAnswer(page),
    'a web page, "Hotel \\x1b[2J WiFi", and no answer of this protocol (a proxy or portal in between?)',
  );
  assert.equal(messageOfAnswer(answer('{"message":"\\u001b[31m\\u202e!"}')), "\\x1b[31m\\u202e!");
});

Deno.test("bodyForm() goes by content type and by how the body begins", () => {
  const table: [Answer, string][] = [
    [answer("", { type: "text/html", status: 204 }), "empty"],
    [answer("", { type: "text/html", status: 200 }), "page"],
    [answer("{}", { type: "application/xhtml+xml" }), "page"],
    [answer("\uFEFF \n<HTML lang=en>"), "page"],
    [answer("<!-- hi --><p>"), "page"],
    [answer(""), "empty"],
    [answer("{}", { type: "text/plain" }), "json"],
    [answer("{"), "other"],
    [answer("OK"), "other"],
  ];
  for (const [each, form] of table) assert.equal(bodyForm(each), form);
});
