/**
 * What a person who registers an agent can do when the server could not be reached.
 *
 * @module
 */

import type { FetchFailure } from "./fetch_error.ts";

const GIVE_CA = "give the certificate of the authority that signed it with --ca-cert FILE";

/** By the words in which `fetch_error.ts` and `inspect_certificate.ts` tell failures; the first that fits. */
const HINTS: readonly (readonly [RegExp, string])[] = [
  [/has expired/, "have the server's certificate renewed, and check the clock of this machine"],
  [/not valid yet/, "check the clocks of this machine and of the server"],
  [
    /another host name/,
    "give --url with a name that the certificate is for, or have one made for this name",
  ],
  [
    /no subjectAltName/,
    "have a certificate made that names the server, such as with openssl req -x509 … -addext subjectAltName=DNS:NAME",
  ],
  [/not made for servers/, "have a certificate made for servers (extendedKeyUsage=serverAuth)"],
  [
    /self-signed/,
    "if it is the right server, give its own certificate with --ca-cert FILE (a copy from the server itself)",
  ],
  [/known certificate authority/, GIVE_CA],
  [
    /calls itself an authority/,
    "have the server's certificate signed by an authority, and give that one with --ca-cert FILE",
  ],
  [
    /client certificate/,
    "set agent.client_cert and agent.client_key in the configuration: this server wants to know who connects",
  ],
  [/versions of TLS/, "have TLS 1.2 or newer enabled at the server"],
  [/does not speak TLS/, "check the port, or begin --url with http:// if the server has no TLS"],
  [/port speak TLS/, "begin --url with https://"],
  [
    /the proxy (wants|does not connect)/,
    "have the proxy allow it, give the user and password that it wants in agent.proxy or HTTPS_PROXY, or name " +
    "the server in agent.no_proxy or NO_PROXY",
  ],
  [
    /^(?:cannot connect|no answer).*\(through the proxy /,
    "check agent.proxy or HTTPS_PROXY, and that the proxy runs and can be reached",
  ],
  [/host name not found/, "check the name in --url, and the name servers of this machine"],
];

/** The next step after a failure to connect. */
export function connectionHint({ kind, text }: FetchFailure): string {
  const found = HINTS.find(([words]) => words.test(text))?.[1];
  if (found !== undefined) return found;
  return kind === "certificate"
    ? GIVE_CA
    : "check --url, and that the server is running and can be reached from here";
}
