import type { HostInfo } from "../../shared/protocol/wire.ts";

/** The `User-Agent` of every request, such as `agent/1.2.0 (Endpoint; x86_64; Linux)`. */
export function userAgent(product: string, version: string, host: HostInfo): string {
  const text = `${product}/${version} (Endpoint; ${host.architecture}; ${host.os.type})`;
  // Header values are printable ASCII; what a machine says about itself may be anything.
  return text.replace(/[^\x20-\x7e]/g, "?");
}
