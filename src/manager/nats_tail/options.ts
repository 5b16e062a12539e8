/**
 * The command line of `nats-tail`.
 *
 * @module
 */

import { Command, InvalidArgumentError } from "@commander-js/extra-typings";
import type { ConnectionOptions } from "../nats/nats_connection.ts";
import { duration, exitAfterUsage } from "../../shared/cli/flag_values.ts";
import { tellUsage } from "../../shared/cli/usage.ts";

/** A key file, and the id that messages call it by, where it is not its fingerprint. */
export interface KeyArgument {
  id: string | undefined;
  path: string;
}

/** What the command line says. */
export interface TailOptions {
  servers: string[];
  connection: ConnectionOptions;
  prefix: string;
  publicKeys: KeyArgument[];
  decryptKeys: KeyArgument[];
  windowMs: number;
  /** After how many messages to end. */
  count: number | undefined;
  json: boolean;
}

const TIMEOUT_MS = 10_000;
const DEFAULT_WINDOW_MS = 300_000;

const EXAMPLES = `
Examples:
  $ deno task nats-tail --public-key signing.pub
  $ deno task nats-tail --server tls://nats.example:4222 --ca ca.pem --creds tail.creds \\
      --public-key signing.pub --decrypt-key encryption.key --window 5m --json

A message is refused when it is not signed with one of the keys, was changed, was seen before, or is
older than the window. Without --public-key signatures are not checked, and each line says so.
A connection that is lost is made again; of a stream nothing is missed.

Exit statuses:
   0  ended by --count or a signal; everything was accepted and nothing missing
   1  failed
   2  wrong usage
   3  messages were refused
   4  messages are missing, none was refused
   6  credentials refused by the server
   7  server unreachable at the start
  10  server's certificate not trusted`;

/**
 * Reads the command line. Prints help and ends the process for `--help`; ends it with exit status 2
 * for wrong usage.
 *
 * @param argv without the program itself
 */
export function parseOptions(argv: readonly string[]): TailOptions {
  const program = createProgram();
  tellUsage(program);
  program.exitOverride(exitAfterUsage);
  program.parse([...argv], { from: "user" });
  const given = program.opts();
  return {
    servers: given.server ?? ["nats://127.0.0.1:4222"],
    connection: {
      tls: { ca: given.ca, cert: given.cert, key: given.key },
      creds_file: given.creds,
      user: given.user,
      password_file: given.passwordFile,
      token_file: given.tokenFile,
      nkey_seed_file: given.nkeySeedFile,
      connect_timeout: TIMEOUT_MS,
      publish_timeout: TIMEOUT_MS,
    },
    prefix: given.prefix,
    publicKeys: given.publicKey ?? [],
    decryptKeys: given.decryptKey ?? [],
    windowMs: given.window ?? DEFAULT_WINDOW_MS,
    count: given.count,
    json: given.json ?? false,
  };
}

function createProgram() {
  return new Command()
    .name("nats-tail")
    .description("Prints what managers publish to NATS, and checks that it is theirs.")
    .option("--server <url>", "server; may be repeated (default: nats://127.0.0.1:4222)", several)
    .option("--creds <file>", "credentials file (.creds)")
    .option("--user <name>", "user name")
    .option("--password-file <file>", "file whose first line is the password")
    .option("--token-file <file>", "file whose first line is a token")
    .option("--nkey-seed-file <file>", "file whose first line is the seed of an NKey")
    .option("--ca <file>", "authorities (PEM) that may sign the server's certificate")
    .option("--cert <file>", "certificate (PEM) to show to the server")
    .option("--key <file>", "private key (PEM) of --cert")
    .option("--prefix <subject>", "what all subjects begin with", "wazuh.xdr")
    .option("--public-key <[id=]file>", "key that signs messages; may be repeated", keys)
    .option("--decrypt-key <[id=]file>", "key that encrypts messages; may be repeated", keys)
    .option("--window <duration>", "oldest message that is accepted (default: 5m)", duration)
    .option("--count <number>", "end after so many messages", count)
    .option("--json", "one JSON line for each message")
    .addHelpText("after", EXAMPLES);
}

function several(text: string, earlier: string[] = []): string[] {
  return [...earlier, text];
}

function keys(text: string, earlier: KeyArgument[] = []): KeyArgument[] {
  const [, id, path] = /^(?:([A-Za-z0-9_-]{1,64})=)?(.+)$/s.exec(text) ?? [];
  if (path === undefined) throw new InvalidArgumentError("Not a file");
  return [...earlier, { id, path }];
}

function count(text: string): number {
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new InvalidArgumentError("Not a positive number");
  return Number(text);
}
