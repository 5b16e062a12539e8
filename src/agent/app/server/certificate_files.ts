import { messageOf } from "../../../shared/errors.ts";
import type { RenewingTransport } from "../../comms/connection/renewing_transport.ts";
import { TlsFileError } from "../../comms/tls/tls_files.ts";
import type { NamedFiles } from "../config_changes.ts";

/** The certificate files of `transport`, as a reload looks at them. */
export function certificateFiles(
  transport: Pick<RenewingTransport, "files" | "renew">,
): NamedFiles {
  return {
    paths: transport.files,
    renew() {
      try {
        return { applied: transport.renew().map(inSection), failed: [] };
      } catch (error) {
        if (!(error instanceof TlsFileError)) throw error;
        return {
          applied: [],
          failed: [{ option: inSection(error.option), reason: messageOf(error) }],
        };
      }
    },
  };
}

function inSection(option: string): string {
  return `agent.${option}`;
}
