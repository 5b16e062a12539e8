import assert from "node:assert/strict";
import { redact } from "../../../src/shared/log/redact.ts";

Deno.test("redact() takes out tokens of well-known makers, and user and password as curl takes them", () => {
  const github = `ghp_${"a1".repeat(18)}`;
  assert.equal(redact(`key AKIAIOSFODNN7EXAMPLE and ${github}.`), "key [redacted] and [redacted].");
  assert.equal(redact("curl -u ana:s3cret https://h/"), "curl -u ana:[redacted] https://h/");
  const line = '{"text":"curl --user=ana:s3cret"}';
  assert.equal(redact(line), '{"text":"curl --user=ana:[redacted]"}');
  assert.equal(redact("docker run -u 1000:1000 image"), "docker run -u 1000:1000 image");
});
