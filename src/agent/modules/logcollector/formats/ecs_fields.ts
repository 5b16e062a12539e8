/**
 * The Elastic Common Schema (8.x), as far as lines of logs use it: its field sets, and what loggers
 * call its fields.
 *
 * @module
 */

/** Names under which only fields of the schema stand. */
export const FIELD_SETS: ReadonlySet<string> = new Set(
  ("client cloud container destination device dns ecs email error event faas file group host " +
    "http labels log network observer orchestrator organization package process registry " +
    "related rule server service source span threat tls trace transaction url user user_agent " +
    "volume vulnerability").split(" "),
);

/** Fields outside of any set that are text. */
export const ROOT_FIELDS: ReadonlySet<string> = new Set(["message"]);

interface FieldByName {
  readonly [name: string]: string;
}

/** Field by name, in lower case, that loggers give it: log4j, logback, pino, bunyan, winston, zap, zerolog, slog, structlog, Serilog. */
export const ALIASES: FieldByName = {
  time: "@timestamp",
  timestamp: "@timestamp",
  ts: "@timestamp",
  datetime: "@timestamp",
  "@t": "@timestamp",
  level: "log.level",
  lvl: "log.level",
  severity: "log.level",
  loglevel: "log.level",
  log_level: "log.level",
  levelname: "log.level",
  error_severity: "log.level",
  "@l": "log.level",
  msg: "message",
  "@m": "message",
  logger: "log.logger",
  logger_name: "log.logger",
  loggername: "log.logger",
  thread: "process.thread.name",
  thread_name: "process.thread.name",
  pid: "process.pid",
  host: "host.hostname",
  hostname: "host.hostname",
  service: "service.name",
  user: "user.name",
  username: "user.name",
  err: "error.message",
  error: "error.message",
  exception: "error.message",
  "@x": "error.stack_trace",
  stack: "error.stack_trace",
  stacktrace: "error.stack_trace",
  stack_trace: "error.stack_trace",
  trace_id: "trace.id",
  traceid: "trace.id",
  span_id: "span.id",
  spanid: "span.id",
  transaction_id: "transaction.id",
  method: "http.request.method",
  request_method: "http.request.method",
  status: "http.response.status_code",
  status_code: "http.response.status_code",
  url: "url.original",
  uri: "url.original",
  request_uri: "url.original",
  remote_addr: "source.ip",
  remote_host: "source.address",
  remote_port: "source.port",
  remote_ip: "source.ip",
  client_ip: "source.ip",
  user_agent: "user_agent.original",
  http_user_agent: "user_agent.original",
  tags: "tags",
};
