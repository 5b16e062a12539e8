/**
 * The configuration file that one begins with: short, and every option that most machines need is in it.
 *
 * @module
 */

import { AgentError, messageOf } from "../../shared/errors.ts";
import { replaceFile } from "./replace_file.ts";

/** Where there is a journal, what it has would come from the files of syslog a second time. */
const JOURNAL = `journald:
  # Follow systemd's journal. Each entry of it becomes an event.
  enabled: true

logcollector:
  # Files to follow. Each line of theirs becomes an event. What syslog takes from the journal is left out.
  localfiles:
    - location: /var/log/*.log
      exclude: ["/var/log/{auth,cron,daemon,kern,mail,user}.log"]
`;

const FILES = `logcollector:
  # Files to follow. Each line of theirs becomes an event.
  localfiles:
    - location: /var/log/*.log
`;

/** Its text. Whatever has a good default is a comment: what stands in the file would be stronger than what groups say. */
const firstFile = (hasJournal: boolean) =>
  `# yaml-language-server: $schema=agent.schema.json
# Configuration of the agent. What is not said here has its default.
#   agent config check                         says what is wrong with this file
#   agent config show                          prints every option, and where its value comes from
#   agent config schema > agent.schema.json    beside this file: editors then complete and check it

agent:
  # Address of the server's comms API, to which events go.
  server_url: https://localhost:27000

  # The authority that signed the server's certificate, if this machine does not trust it anyway.
  # ca_cert: /etc/agent/ca.pem

${hasJournal ? JOURNAL : FILES}    # - location: /var/log/nginx/*.log

# queue:
#   # Room on disk for what the server has not acknowledged yet. A full queue makes collectors wait.
#   max_bytes: 1GiB

# log:
#   # debug, info, warning or error
#   level: info
`;

/**
 * Writes it.
 *
 * @param options.force whether it replaces a file that is there
 * @param options.hasJournal whether systemd keeps a journal here, which is then followed
 * @returns whether a file was replaced
 * @throws {AgentError} `failed` when there is one and it may not be replaced, or the file system does not let it be written
 */
export function writeFirstFile(
  path: string,
  { force, hasJournal }: { force: boolean; hasJournal: boolean },
): boolean {
  const isThere = exists(path);
  if (isThere && !force) throw isThereAlready(path);
  try {
    replaceFile(path, firstFile(hasJournal));
    return isThere;
  } catch (error) {
    throw new AgentError("failed", `Cannot write "${path}": ${messageOf(error)}`, {
      cause: error,
      hint: "name a file that this user may write with --config FILE, or run this as its owner",
    });
  }
}

/** A link that leads nowhere is something too. */
function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    return !(error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory);
  }
}

function isThereAlready(path: string): AgentError {
  return new AgentError("failed", `"${path}" is there already, and was left as it is`, {
    hint: "agent config init --force replaces it; --config FILE names another one",
  });
}
