/**
 * The section `syslog`.
 *
 * @module
 */

import * as z from "zod";
import * as field from "../../../shared/config/fields.ts";
import { EVENT_OPTIONS } from "../event_options.ts";
import { parseListenAddress, showAddress } from "./listen_address.ts";
import { isLoopback, parseNetwork } from "../../../shared/networks.ts";

const PROTOCOLS = ["udp", "tcp", "tls", "unix_dgram", "unix_stream"] as const;
const FRAMINGS = ["auto", "octet_counting", "newline"] as const;

const INPUT = "must be a map with protocol and listen";
const NETWORKS = "must be a list of addresses and networks, such as [10.0.0.0/8, '2001:db8::1']";
const MODE = "must be permissions in octal as text, such as '0660'";
const CONNECTIONS = "must be a whole number from 1 to 10000";

/** Fields of the section. Which ports are open is for the owner of the machine to say, not for groups. */
export const SYSLOG_OPTIONS = {
  enabled: field.toggle({
    default: false,
    about: "Whether messages of syslog are received.",
  }),
  inputs: field.list(input(), {
    error: "must be a list of inputs, such as [{protocol: udp, listen: ':514'}]",
    most: 100,
    default: [{ protocol: "udp", listen: ":514" }, { protocol: "tcp", listen: ":514" }],
    check: (inputs) => sameTwice(inputs),
    about:
      "Where messages are received: a map with protocol (udp, tcp, tls, unix_dgram, unix_stream) and " +
      "listen (an address with a port, where ':514' is the loopback interface, or the path of a " +
      "socket), and, optionally, allow, framing, certificate, key, client_ca, mode, max_connections, " +
      "idle_timeout, buffer.",
  }),
  ...EVENT_OPTIONS,
  max_message: field.size({
    default: "64KiB",
    min: "512B",
    max: "1MiB",
    about: "Longest message; of a longer one the beginning is kept, and marked as truncated.",
  }),
};

/** The options once loaded. */
export type SyslogOptions = z.output<z.ZodObject<typeof SYSLOG_OPTIONS>>;

/** One input. */
export type InputOptions = SyslogOptions["inputs"][number];

function input() {
  return z.strictObject({
    protocol: z.enum(PROTOCOLS, { error: `must be one of ${PROTOCOLS.join(", ")}` })
      .meta({ description: "How messages come." }),
    listen: field.pathText("must be an address with a port, such as :514, or a path")
      .meta({
        kind: "text",
        description: "Address and port, such as 0.0.0.0:514, [::]:514 or :514 (loopback); " +
          "the path of the socket for unix_dgram and unix_stream.",
      }),
    allow: z.array(network(), { error: NETWORKS }).min(1, { error: NETWORKS }).max(1_000).optional()
      .meta({
        description: "Addresses and networks that may send, such as 10.0.0.0/8; others are " +
          "refused and counted. Without it only this machine may.",
      }),
    framing: z.enum(FRAMINGS, { error: `must be one of ${FRAMINGS.join(", ")}` }).default("auto")
      .meta({ description: "How messages of a connection are told apart; auto finds out." }),
    certificate: path("Certificate and chain that are shown to clients, PEM; for tls."),
    key: path("Its private key, PEM; for tls."),
    client_ca: path("Authority whose certificate a client must have, PEM; for tls."),
    mode: z.string({ error: MODE }).regex(/^0?[0-7]{3}$/, { error: MODE }).default("0666")
      .meta({ description: "Permissions of the socket's file, for unix_dgram and unix_stream." }),
    max_connections: z.int({ error: CONNECTIONS }).min(1, { error: CONNECTIONS })
      .max(10_000, { error: CONNECTIONS }).default(200)
      .meta({ description: "Most connections at a time; one more is closed and counted." }),
    idle_timeout: field.duration({
      default: "1h",
      min: "1s",
      max: "30d",
      about: "A connection that says nothing for so long is closed.",
    }),
    buffer: field.size({
      default: "8MiB",
      min: "64KiB",
      max: "1GiB",
      about: "Datagrams that wait for the queue have so much room; what is beyond is dropped and " +
        "stands in the loss ledger; for udp.",
    }),
  }, { error: (issue) => issue.code === "unrecognized_keys" ? undefined : INPUT })
    .superRefine((its, context) => {
      const problem = problemOf(its);
      if (problem !== undefined) {
        context.addIssue({ code: "custom", path: [problem.option], message: problem.message });
      }
    });
}

function network() {
  return z.string({ error: NETWORKS }).max(100, { error: NETWORKS })
    .refine((text) => parseNetwork(text) !== undefined, {
      error: "must be an address, or a network such as 10.0.0.0/8",
    });
}

function path(description: string) {
  return field.pathText("must be a path, such as /etc/agent/syslog.pem").optional()
    .meta({ kind: "path", description });
}

interface Given {
  protocol: typeof PROTOCOLS[number];
  listen: string;
  allow?: readonly string[] | undefined;
  certificate?: string | undefined;
  key?: string | undefined;
  client_ca?: string | undefined;
}

/** What does not fit together, as the end of "must …". */
function problemOf(its: Given): { option: string; message: string } | undefined {
  if (its.protocol.startsWith("unix")) {
    if (its.listen.startsWith("/")) return undefined;
    return { option: "listen", message: "must be the path of a socket, such as /run/agent/log" };
  }
  const address = parseListenAddress(its.listen);
  if (address === undefined) {
    const message = "must be an address with a port, such as 127.0.0.1:514, [::1]:514 or :514";
    return { option: "listen", message };
  }
  if (its.allow === undefined && !isLoopback(address.hostname)) {
    const message = "must be given where others can reach the port, such as [10.0.0.0/8]; " +
      "['0.0.0.0/0', '::/0'] for everybody";
    return { option: "allow", message };
  }
  return tlsProblem(its);
}

function tlsProblem({ protocol, certificate, key, client_ca }: Given) {
  const given = Object.entries({ certificate, key, client_ca });
  if (protocol !== "tls") {
    const unfit = given.find(([, path]) => path !== undefined);
    return unfit && { option: unfit[0], message: "must be left out where protocol is not tls" };
  }
  const missing = given.slice(0, 2).find(([, path]) => path === undefined);
  return missing && { option: missing[0], message: "must be given where protocol is tls" };
}

function sameTwice(inputs: readonly Given[]): string | undefined {
  const places = inputs.map(placeOf);
  const twice = places.find((place, index) => place && places.indexOf(place) !== index);
  return twice && `must not listen twice on ${twice}`;
}

/** What only one of them can have; `undefined` where the system chooses a port. */
function placeOf({ protocol, listen }: Given): string | undefined {
  if (protocol.startsWith("unix")) return listen;
  const address = parseListenAddress(listen);
  if (address === undefined || address.port === 0) return undefined;
  return `${protocol === "udp" ? "udp" : "tcp"} ${showAddress(address)}`;
}
