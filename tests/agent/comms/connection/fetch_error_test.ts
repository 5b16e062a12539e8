import assert from "node:assert/strict";
import type { FailureCause } from "../../../../src/shared/protocol/exchange.ts";
import {
  describeFetchError,
  timeLimitPassed,
} from "../../../../src/agent/comms/connection/fetch_error.ts";

const URL = "https://manager.example:27000/api/v1/commands";
const REQUEST = `error sending request for url (${URL}): client error`;

/** As Deno 2.9 throws it. */
const wrapped = (text: string) => new TypeError("fetch failed", { cause: new Error(text) });
/** As Deno 2.7 throws it. */
const bare = (text: string) => new TypeError(text);
const coded = (code: string, text = code) => Object.assign(new Error(text), { code });

const TEXTS: [unknown, FailureCause, string][] = [
  [
    wrapped(`${REQUEST} (Connect): tcp connect error: Connection refused (os error 111)`),
    "refused",
    "cannot connect to https://manager.example:27000: connection refused",
  ],
  [
    bare(`${REQUEST} (Connect): invalid peer certificate: UnknownIssuer`),
    "certificate",
    "certificate of https://manager.example:27000 is not trusted: " +
    "it is not signed by a known certificate authority",
  ],
  [
    wrapped(`${REQUEST} (Connect): invalid peer certificate: Expired`),
    "certificate",
    "certificate of https://manager.example:27000 is not trusted: it has expired",
  ],
  [
    wrapped(
      `${REQUEST} (Connect): invalid peer certificate: certificate not valid for name ` +
        `"manager.example"; certificate is only valid for DnsName("other.example")`,
    ),
    "certificate",
    "certificate of https://manager.example:27000 is not trusted: it is for another host name",
  ],
  [
    wrapped(`${REQUEST} (Connect): invalid peer certificate: BadSignature`),
    "certificate",
    "certificate of https://manager.example:27000 is not trusted: BadSignature",
  ],
  [
    bare(`${REQUEST} (Connect): dns error: failed to lookup address information: Name not known`),
    "dns",
    "cannot connect to https://manager.example:27000: host name not found",
  ],
  [
    wrapped(`${REQUEST} (Connect): received corrupt message of type InvalidContentType`),
    "tls",
    "cannot connect to https://manager.example:27000: the server does not speak TLS on this port",
  ],
  [
    wrapped(
      `error sending request from 127.0.0.1:48022 for ${URL} (127.0.0.1:38217): ` +
        "client error (SendRequest): connection closed before message completed",
    ),
    "lost",
    "no answer from https://manager.example:27000: connection lost",
  ],
  [
    new TypeError("error reading a body from connection"),
    "lost",
    "no answer from https://manager.example:27000: connection lost",
  ],
  [
    coded("UNABLE_TO_VERIFY_LEAF_SIGNATURE", "unable to verify the first certificate"),
    "certificate",
    "certificate of https://manager.example:27000 is not trusted: " +
    "it is not signed by a known certificate authority",
  ],
  [
    coded("CERT_HAS_EXPIRED", "certificate has expired"),
    "certificate",
    "certificate of https://manager.example:27000 is not trusted: it has expired",
  ],
  [
    coded("ECONNREFUSED", "connect ECONNREFUSED 127.0.0.1:27000"),
    "refused",
    "cannot connect to https://manager.example:27000: connection refused",
  ],
  [
    coded("ENOTFOUND", "getaddrinfo ENOTFOUND manager.example"),
    "dns",
    "cannot connect to https://manager.example:27000: host name not found",
  ],
  [
    coded("ECONNRESET", "socket hang up"),
    "lost",
    "no answer from https://manager.example:27000: connection lost",
  ],
  [
    new TypeError("Fetch failed: Requests to port 9 are blocked"),
    "other",
    "cannot connect to https://manager.example:27000: Fetch failed: Requests to port 9 are blocked",
  ],
  ["odd", "other", "cannot connect to https://manager.example:27000: odd"],
];

Deno.test("describeFetchError() tells what went wrong from what Deno and node throw", () => {
  for (const [error, kind, text] of TEXTS) {
    const failure = describeFetchError(error, URL);
    assert.equal(failure.text, text);
    assert.equal(failure.kind, kind);
  }
});

Deno.test("describeFetchError() knows whether the server can have seen the request", () => {
  const handshake = wrapped(`${REQUEST} (Connect): tls handshake eof`);
  const refused = coded("ECONNREFUSED");
  const lost = wrapped(`${REQUEST} (SendRequest): connection closed before message completed`);
  assert.equal(describeFetchError(handshake, URL).beforeSending, true);
  assert.equal(describeFetchError(refused, URL).beforeSending, true);
  assert.equal(describeFetchError(lost, URL).beforeSending, false);
  assert.equal(timeLimitPassed(URL, 1_500).beforeSending, false);
});

Deno.test("describeFetchError() is not misled by the name of the host", () => {
  const url = "https://reset.closed-connection.example/";
  const error = wrapped(`error sending request for url (${url}): client error (Connect): odd`);
  assert.equal(describeFetchError(error, url).kind, "other");
});

Deno.test("describeFetchError() understands a real refused connection", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const url = `http://127.0.0.1:${listener.addr.port}/`;
  listener.close();
  const error: unknown = await fetch(url).then(() => undefined, (error) => error);
  assert.equal(describeFetchError(error, url).kind, "refused");
});

Deno.test("timeLimitPassed() says how long was waited", () => {
  assert.equal(timeLimitPassed(URL, 1_500).text, `no answer from ${URL} within 1.5 s`);
});

Deno.test("describeFetchError() hides a secret before it cuts what the platform says", () => {
  const secret = `secret-${"x".repeat(400)}`;
  const error = new TypeError(`Invalid header value: "Bearer ${secret}"`);
  const { text } = describeFetchError(error, URL, (said) => said.replaceAll(secret, "[redacted]"));
  assert.match(text, /Invalid header value: "Bearer \[redacted\]"/);
  assert.doesNotMatch(text, /secret-x/);
});
