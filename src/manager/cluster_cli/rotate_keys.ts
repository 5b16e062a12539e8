import { Bucket } from "../cluster/link/bucket.ts";
import type { ClusterLink } from "../cluster/link/cluster_link.ts";
import { KvTokenKeys, type SealedKey } from "../cluster/access/kv_token_keys.ts";
import { Names } from "../cluster/link/names.ts";
import { SecretBox } from "../cluster/link/secret_box.ts";
import { newStoredKey } from "../http/token_keys.ts";

/** Makes a new key that signs tokens, at all managers. Returns its id. */
export async function rotateKeys(link: ClusterLink): Promise<string> {
  const { name, secret_file } = link.options;
  const bucket = await Bucket.open<SealedKey>(link, new Names(name, 1).of("KEYS"), { history: 5 });
  const keys = new KvTokenKeys(bucket, SecretBox.fromFile(secret_file));
  await keys.start();
  try {
    const key = await newStoredKey(Date.now());
    // What its tokens have outlived is forgotten when a manager makes the next one.
    await keys.add(key, []);
    return key.kid;
  } finally {
    await keys.stop();
  }
}
