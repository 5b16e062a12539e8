/**
 * What lies on the cluster encrypted: only managers that have the cluster's secret can read it. AES-256-GCM; what a text is for is
 * bound to it, so that it cannot be put under another key.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from "node:crypto";
import { AgentError } from "../../../shared/errors.ts";
import { readSecretLine } from "../../nats/secret_file.ts";

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const LEAST_CHARACTERS = 32;

/** Encrypts and decrypts. */
export class SecretBox {
  readonly #key: Uint8Array;

  /** @param secret the same at all managers of the cluster */
  constructor(secret: string) {
    this.#key = new Uint8Array(hkdfSync("sha256", secret, "", "manager cluster keys", 32));
  }

  /**
   * Reads the secret from a file.
   *
   * @throws AgentError when there is none, or it is short
   */
  static fromFile(path: string | undefined): SecretBox {
    if (path === undefined) {
      throw new AgentError(
        "config_invalid",
        "cluster.secret_file is missing: managers of a cluster share a secret",
        {
          hint: "write 32 random characters to a file, give all managers a copy, and name it",
        },
      );
    }
    const secret = readSecretLine(path);
    if (secret.length >= LEAST_CHARACTERS) return new SecretBox(secret);
    throw new AgentError(
      "config_invalid",
      `The secret in "${path}" is shorter than ${LEAST_CHARACTERS} characters`,
      {
        hint: "take random ones, such as of: openssl rand -base64 32",
      },
    );
  }

  /** A digest that says nothing to who has not the secret, and the same to all who have. */
  digest(text: string): string {
    return createHmac("sha256", this.#key).update(text).digest("base64url").slice(0, 16);
  }

  /** Nonce, encrypted text and tag, in base64. */
  seal(text: string, what: string): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv("aes-256-gcm", this.#key, nonce).setAAD(Buffer.from(what));
    const sealed = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
    return Buffer.concat([nonce, sealed, cipher.getAuthTag()]).toString("base64");
  }

  /** @throws AgentError when it was sealed with another secret, or for something else */
  open(sealed: string, what: string): string {
    const bytes = Buffer.from(sealed, "base64");
    try {
      const nonce = bytes.subarray(0, NONCE_BYTES);
      const decipher = createDecipheriv("aes-256-gcm", this.#key, nonce, {
        authTagLength: TAG_BYTES,
      })
        .setAAD(Buffer.from(what)).setAuthTag(bytes.subarray(-TAG_BYTES));
      const text = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES));
      return Buffer.concat([text, decipher.final()]).toString("utf8");
    } catch (error) {
      throw new AgentError("failed", "The keys on the cluster were encrypted with another secret", {
        cause: error,
        hint: "give this manager the secret file of the others (cluster.secret_file)",
      });
    }
  }
}
