/**
 * syslog-ng: the file as it is, a reliable disk buffer, batches over HTTP like the agent's.
 *
 * A reliable buffer writes every line to disk before it is acknowledged to its source; it never
 * calls fsync, so NORMAL is the agent's durability that compares.
 *
 * @module
 */

import { join } from "node:path";
import { type Contender, firstLineOf, type Stage } from "../contender.ts";

const COMMAND = "syslog-ng";
const BATCH_LINES = 1_000;
const BATCH_BYTES = "1024Kb";

const TEMPLATES = {
  json: "$(format-json message=$MESSAGE created=$ISODATE path=$FILE_NAME)",
  bare: "$MESSAGE",
};

/**
 * syslog-ng sending each line as JSON (line, time, path), or bare. With several workers it has
 * several requests under way, as the agent has, each with a disk buffer of its own.
 */
export function syslogNgContender(format: keyof typeof TEMPLATES, workers = 1): Contender {
  const text = format === "json" ? "JSON" : "bare line";
  return {
    name: `syslog_ng_${format}${workers === 1 ? "" : `_${workers}_workers`}`,
    label: `syslog-ng, ${text}${workers === 1 ? "" : `, ${workers} workers`}`,
    version: () => firstLineOf(COMMAND, ["--version"]),
    install: "apt-get install syslog-ng-core syslog-ng-mod-http",
    async prepare(stage) {
      const config = join(stage.folder, "syslog-ng.conf");
      await Deno.writeTextFile(config, configuration(stage, TEMPLATES[format], workers));
      const files = ["persist", "ctl", "pid"].map((name) =>
        join(stage.folder, `syslog-ng.${name}`)
      );
      const [persist = "", control = "", pid = ""] = files;
      const paths = ["--persist-file", persist, "--control", control, "--pidfile", pid];
      return {
        command: COMMAND,
        args: ["--foreground", "--no-caps", "--cfgfile", config, ...paths],
      };
    },
  };
}

function configuration({ folder, input, sink }: Stage, template: string, workers: number): string {
  return `@version: 3.38
options { keep-hostname(yes); use-dns(no); stats-level(0); };
source s_file {
  file("${input}" flags(no-parse) follow-freq(0.5) log-fetch-limit(1000) log-iw-size(100000));
};
destination d_sink {
  http(
    url("${sink.httpUrl}/lines")
    method("POST")
    workers(${workers})
    body("${template}")
    delimiter("\\n")
    batch-lines(${BATCH_LINES})
    batch-bytes(${BATCH_BYTES})
    batch-timeout(1000)
    disk-buffer(
      reliable(yes)
      disk-buf-size(4294967296)
      mem-buf-size(67108864)
      dir("${folder}")
    )
  );
};
log { source(s_file); destination(d_sink); flags(flow-control); };
`;
}
