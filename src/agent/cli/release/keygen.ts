import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { AgentError, messageOf } from "../../../shared/errors.ts";
import { fingerprint, keyIdOf } from "../../../shared/signing/key_id.ts";
import type { CliIo } from "../cli_io.ts";

/** `agent release keygen`: never prints the private half, and never writes over a file. */
export function makeKey(io: CliIo, file: string, { json = false }: { json?: boolean }): void {
  const { privateKey } = generateKeyPairSync("ed25519");
  const publicKey = createPublicKey(privateKey);
  const publicFile = `${file}.pub`;
  requireFree(publicFile);
  writeNew(file, String(privateKey.export({ type: "pkcs8", format: "pem" })), 0o600);
  writeNew(publicFile, String(publicKey.export({ type: "spki", format: "pem" })), 0o644);
  const said = {
    schema: 1,
    private_key: file,
    public_key: publicFile,
    key_id: keyIdOf(publicKey),
    fingerprint: fingerprint(publicKey),
  };
  if (json) return io.stdout(`${JSON.stringify(said)}\n`);
  io.stdout(
    `Wrote ${file} (keep it off every server) and ${publicFile} (for the agents)\n` +
      `Key ${said.key_id}, fingerprint ${said.fingerprint}\n`,
  );
}

/** Before anything is written: half a pair is of no use. */
function requireFree(path: string): void {
  try {
    Deno.lstatSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw error;
  }
  throw taken(path);
}

/** Whole and on the disk, or not there at all. */
function writeNew(path: string, text: string, mode: number): void {
  let file: Deno.FsFile;
  try {
    file = Deno.openSync(path, { write: true, createNew: true, mode });
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) throw taken(path);
    throw unwritable(path, error);
  }
  try {
    using _ = file;
    const bytes = new TextEncoder().encode(text);
    for (let written = 0; written < bytes.length;) {
      written += file.writeSync(bytes.subarray(written));
    }
    file.syncSync();
  } catch (error) {
    Deno.removeSync(path);
    throw unwritable(path, error);
  }
}

function taken(path: string): AgentError {
  return new AgentError("failed", `Cannot write "${path}": it is there already`, {
    hint: "name another file: a key is never written over",
  });
}

function unwritable(path: string, error: unknown): AgentError {
  return new AgentError("failed", `Cannot write "${path}": ${messageOf(error)}`, { cause: error });
}
