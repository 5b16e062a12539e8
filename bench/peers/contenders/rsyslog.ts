/**
 * rsyslog: the file as it is, the bare line over TCP. Debian's rsyslog has no output over HTTP.
 *
 * Its disk queue keeps every line on disk until it is sent; its memory queue loses all of them when
 * rsyslog is killed.
 *
 * @module
 */

import { join } from "node:path";
import { type Contender, firstLineOf, type Stage } from "../contender.ts";

const COMMAND = "rsyslogd";

const QUEUES = {
  disk: 'queue.type="Disk" queue.filename="queue" queue.maxFileSize="64m"',
  memory: 'queue.type="LinkedList" queue.size="500000"',
};

/** rsyslog with one kind of queue between file and network. */
export function rsyslogContender(queue: keyof typeof QUEUES): Contender {
  return {
    name: `rsyslog_${queue}`,
    label: `rsyslog, ${queue} queue, bare line, TCP`,
    version: () => firstLineOf(COMMAND, ["-v"]),
    install: "apt-get install rsyslog (removes syslog-ng: measure, then merge with --merge)",
    async prepare(stage) {
      const config = join(stage.folder, "rsyslog.conf");
      await Deno.writeTextFile(config, configuration(stage, QUEUES[queue]));
      const pid = join(stage.folder, "rsyslog.pid");
      return { command: COMMAND, args: ["-n", "-f", config, "-i", pid] };
    },
  };
}

function configuration({ folder, input, sink }: Stage, queue: string): string {
  return `global(workDirectory="${folder}")
module(load="imfile" mode="inotify")
template(name="bare" type="string" string="%msg%\\n")
input(type="imfile" file="${input}" tag="peers" ruleset="send")
ruleset(name="send") {
  action(type="omfwd" target="127.0.0.1" port="${sink.tcpPort}" protocol="tcp" template="bare"
    ${queue} queue.dequeueBatchSize="1000" queue.timeoutEnqueue="600000"
    action.resumeRetryCount="-1")
}
`;
}
