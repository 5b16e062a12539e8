import type { Problem } from "../../../shared/config/given.ts";
import { readTlsFiles, TlsFileError, type TlsFiles } from "../../comms/tls/tls_files.ts";
import type { LoadedConfig } from "../../config/load.ts";

/** What to do about {@linkcode tlsProblems}. */
export const TLS_FILES_HINT = "correct the path, or what is in that file";

/** What is wrong with the certificates and the key: only whoever opens the files can tell. */
export function tlsProblems({ config: { agent }, places }: LoadedConfig): Problem[] {
  const { ca_cert: caCert, client_cert: clientCert, client_key: clientKey } = agent;
  return [{ caCert }, { clientCert, clientKey }].flatMap((files) => {
    const problem = tlsProblem(files);
    if (problem === undefined) return [];
    const path = `agent.${problem.option}`;
    return [{ path, place: places.get(path) ?? { source: "default" }, text: problem.message }];
  });
}

function tlsProblem(files: TlsFiles): TlsFileError | undefined {
  try {
    readTlsFiles(files);
    return undefined;
  } catch (error) {
    if (error instanceof TlsFileError) return error;
    throw error;
  }
}
