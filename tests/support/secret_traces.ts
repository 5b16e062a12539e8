import { Buffer } from "node:buffer";

/** Every way in which a secret can be found; base64 without the ends that depend on what stands around it. */
export function traces(secret: string): string[] {
  const base64 = [0, 1, 2].flatMap((before) => {
    const bytes = Buffer.concat([Buffer.alloc(before, "x"), Buffer.from(secret), Buffer.alloc(3)]);
    return (["base64", "base64url"] as const).map((kind) => bytes.toString(kind).slice(4, -7));
  });
  return [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret), ...base64];
}
