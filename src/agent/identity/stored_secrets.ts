import type { Secrets } from "../../shared/log/secrets.ts";
import { type Identity, IdentityFile } from "./identity_file.ts";
import { PendingIdentityFile } from "./pending_identity.ts";

/** Has `secrets` know the key and the token of an agent. */
export function rememberSecrets({ key, token }: Identity, secrets: Secrets): void {
  secrets.add(key);
  if (token !== undefined) secrets.add(token.value);
}

/** The same for the agent of a data folder, if there is one that this user may know. */
export function rememberStoredSecrets(dataFolder: string, secrets: Secrets): void {
  const pending = new PendingIdentityFile(dataFolder).key();
  if (pending !== undefined) secrets.add(pending);
  try {
    rememberSecrets(new IdentityFile(dataFolder).load(), secrets);
  } catch {
    // Then nothing of it can be shown either.
  }
}
