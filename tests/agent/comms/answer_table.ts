/**
 * What the agent does about every answer: by endpoint, status and body. The table is what `answer_table_test.ts` tries, and what
 * `docs/protocol_answers.md` is made from.
 *
 * @module
 */

/** What can stand in the body of an answer. */
export const BODIES = {
  none: "nothing",
  family: "JSON of the protocol",
  other: "other text, such as `OK`",
  page: "a web page",
  huge: "more than is read",
  cut: "breaks off",
} as const;

/** A body of {@linkcode BODIES}. */
export type Body = keyof typeof BODIES;

/** What the agent does about an answer, in words for the page. */
export const DEEDS = {
  ack: "received: the events leave the queue",
  again: "sent again unchanged, with back-off",
  later: "sent again unchanged, a minute later at the earliest",
  login: "logs in once and repeats; refused once more: back-off",
  search: "refused: the event at fault is looked for",
  halve: "too large: halved, and the limit is remembered",
  token: "takes the token",
  final: "says that this agent is refused; keeps everything and tries every ten minutes",
  commands: "takes the commands",
  poll: "polls again; the next ones ever later when that comes at once, and again and again",
  backoff: "polls again, with back-off",
  file: "takes the file",
  absent: "there is no such file",
  noFile: "gives the file up and says why",
  known: "the server has the batch: acknowledged",
  unchanged: "keeps the file that it has",
  mute: "the server cannot be asked",
  compared: "takes what differs",
  registered: "stores the identity",
  taken: "says that the name is taken (after an answer that was lost: logs in to find out)",
  refused: "says why, stores nothing",
  unclear:
    "says that the server may have registered the agent; the next try uses the same id and key",
  user: "says that the user is refused, and why",
  fails: "says what came, and what to do",
} as const;

/** A deed of {@linkcode DEEDS}. */
export type Deed = keyof typeof DEEDS;

/** Answers with one of these statuses, and what is done about each body; a body that is left out cannot come with them. */
export interface Row {
  statuses: readonly number[];
  /** What distinguishes the JSON, when it is not the usual one of the endpoint. */
  saying?: string;
  json?: object;
  deeds: Partial<Record<Body, Deed>>;
}

/** An endpoint and all of its rows. */
export interface Endpoint {
  name: "log in" | "events" | "commands" | "files" | "batches" | "states" | "user" | "register";
  request: string;
  rows: readonly Row[];
}

/** The same deed for every body, but for some. */
function all(deed: Deed, but: Partial<Record<Body, Deed>> = {}): Record<Body, Deed> {
  return { none: deed, family: deed, other: deed, page: deed, huge: deed, cut: deed, ...but };
}

const REDIRECTS = [301, 302, 307, 308];
const PASSING = [408, 425, 429, 500, 501, 502, 503, 504];
const MISDIRECTED = [402, 404, 405, 407, 409, 410, 418];

/** Rows that endpoints of the comms API share, with what a retry is called there. */
function tokenRows(again: Deed): Row[] {
  const json = (code: number) => ({ message: "why", code });
  const login = all("login", { page: again, cut: again });
  return [
    { statuses: [401], deeds: login },
    { statuses: [403], deeds: login },
    { statuses: [403], saying: "code 2706", json: json(2706), deeds: { family: "login" } },
    { statuses: [403], saying: "code 2707", json: json(2707), deeds: { family: "login" } },
    { statuses: [403], saying: "another code", json: json(4000), deeds: { family: again } },
  ];
}

/** Every endpoint that the agent talks to. */
export const ENDPOINTS: readonly Endpoint[] = [
  {
    name: "log in",
    request: "POST /api/v1/authentication",
    rows: [
      { statuses: [200, 201], deeds: all("again", { family: "token" }) },
      {
        statuses: [401],
        saying: "Invalid key",
        json: { message: "Invalid key", code: 1 },
        deeds: { family: "final" },
      },
      {
        statuses: [403],
        saying: "Agent does not exist",
        json: { message: "Agent does not exist", code: 1 },
        deeds: { family: "final" },
      },
      { statuses: [204], deeds: { none: "again" } },
      { statuses: [401, 403, ...PASSING], deeds: all("again") },
      { statuses: [400, 422], deeds: all("later", { page: "again", cut: "again" }) },
      { statuses: [413, ...REDIRECTS, ...MISDIRECTED], deeds: all("later", { cut: "again" }) },
    ],
  },
  {
    name: "events",
    request: "POST /api/v1/events/{stateless,stateful}",
    rows: [
      {
        statuses: [200, 202],
        deeds: all("again", { none: "ack", family: "ack", other: "ack" }),
      },
      {
        statuses: [200, 202],
        saying: "fewer taken than sent",
        json: { accepted: 0, rejected: 1 },
        deeds: { family: "search" },
      },
      {
        statuses: [200],
        saying: "nothing of events",
        json: { id: "7f" },
        deeds: { family: "again" },
      },
      {
        statuses: [201, 202],
        saying: "nothing of events",
        json: { id: "7f" },
        deeds: { family: "ack" },
      },
      { statuses: [204], deeds: { none: "ack" } },
      { statuses: [400, 422], deeds: all("search", { page: "again", cut: "again" }) },
      { statuses: [413], deeds: all("halve", { cut: "again" }) },
      ...tokenRows("again"),
      { statuses: PASSING, deeds: all("again") },
      { statuses: [415, ...REDIRECTS, ...MISDIRECTED], deeds: all("later", { cut: "again" }) },
    ],
  },
  {
    name: "commands",
    request: "GET /api/v1/commands",
    rows: [
      {
        statuses: [200],
        deeds: all("backoff", { none: "poll", family: "commands" }),
      },
      { statuses: [200], saying: "no commands", json: {}, deeds: { family: "poll" } },
      {
        statuses: [200],
        saying: "commands is no list",
        json: { commands: 5 },
        deeds: { family: "poll" },
      },
      { statuses: [204], deeds: { none: "poll" } },
      { statuses: [408], deeds: all("poll", { cut: "backoff" }) },
      ...tokenRows("backoff"),
      {
        statuses: [
          400,
          413,
          422,
          ...PASSING.filter((status) => status !== 408),
          ...REDIRECTS,
          ...MISDIRECTED,
        ],
        deeds: all("backoff"),
      },
    ],
  },
  {
    name: "files",
    request: "GET /api/v1/files?file_name=<group>.yml",
    rows: [
      {
        statuses: [200],
        deeds: all("file", { page: "again", huge: "noFile", cut: "again" }),
      },
      { statuses: [304], saying: "to If-None-Match", deeds: { none: "unchanged" } },
      { statuses: [404], deeds: all("absent", { page: "later", cut: "again" }) },
      { statuses: [400, 422], deeds: all("noFile", { page: "again", cut: "again" }) },
      { statuses: [413], deeds: all("noFile", { cut: "again" }) },
      ...tokenRows("again"),
      { statuses: PASSING, deeds: all("again") },
      {
        statuses: [...REDIRECTS, ...MISDIRECTED.filter((status) => status !== 404)],
        deeds: all("later", { cut: "again" }),
      },
    ],
  },
  {
    name: "batches",
    request: "GET /api/v1/batches/<id>",
    rows: [
      { statuses: [200], deeds: all("mute", { family: "known", page: "again", cut: "again" }) },
      { statuses: [204], deeds: { none: "mute" } },
      { statuses: [400, 413, 422, 501], deeds: all("mute", { page: "again", cut: "again" }) },
      { statuses: [404, 405, 410], deeds: all("mute", { page: "later", cut: "again" }) },
      ...tokenRows("again"),
      { statuses: PASSING.filter((status) => status !== 501), deeds: all("again") },
      { statuses: REDIRECTS, deeds: all("later", { cut: "again" }) },
    ],
  },
  {
    name: "states",
    request: "POST /api/v1/state/digest",
    rows: [
      { statuses: [200], deeds: all("mute", { family: "compared", page: "again", cut: "again" }) },
      { statuses: [204], deeds: { none: "mute" } },
      { statuses: [400, 413, 422, 501], deeds: all("mute", { page: "again", cut: "again" }) },
      { statuses: [404, 405, 410], deeds: all("mute", { page: "later", cut: "again" }) },
      ...tokenRows("again"),
      { statuses: PASSING.filter((status) => status !== 501), deeds: all("again") },
      { statuses: REDIRECTS, deeds: all("later", { cut: "again" }) },
    ],
  },
  {
    name: "user",
    request: "POST /security/user/authenticate",
    rows: [
      { statuses: [200], deeds: all("fails", { family: "token" }) },
      { statuses: [401, 403], deeds: all("user", { page: "fails", cut: "fails" }) },
      { statuses: [400, 413, 422, ...PASSING, ...REDIRECTS, ...MISDIRECTED], deeds: all("fails") },
    ],
  },
  {
    name: "register",
    request: "POST /agents",
    rows: [
      { statuses: [200, 201], deeds: all("unclear", { none: "registered", family: "registered" }) },
      { statuses: [204], deeds: { none: "registered" } },
      { statuses: [409], deeds: all("taken", { page: "unclear", cut: "unclear" }) },
      {
        statuses: [400, 401, 403, 404, 422],
        deeds: all("refused", { page: "unclear", cut: "unclear" }),
      },
      { statuses: [...PASSING, ...REDIRECTS, 402, 405, 413], deeds: all("unclear") },
    ],
  },
];

/** The page made from the table. */
export function answerPage(): string {
  return [
    "# What the agent does about every answer",
    "",
    "By status (rows) and body (columns). Made from `tests/agent/comms/answer_table.ts`, which the tests try answer by answer; write it",
    "anew with `deno run --allow-write=docs tests/agent/comms/answer_table.ts`. How batches are treated after that is told in",
    "[decision 10](decisions/0010-answers-and-outcomes.md).",
    "",
    ...ENDPOINTS.flatMap(section),
  ].join("\n");
}

function section({ request, rows }: Endpoint): string[] {
  const bodies = Object.keys(BODIES) as Body[];
  const used = new Set(rows.flatMap(({ deeds }) => Object.values(deeds)));
  return [
    `## \`${request}\``,
    "",
    `| status | ${bodies.map((body) => BODIES[body]).join(" | ")} |`,
    `| --- |${" --- |".repeat(bodies.length)}`,
    ...rows.map(({ statuses, saying, deeds }) => {
      const label = statuses.join(", ") + (saying === undefined ? "" : ` (${saying})`);
      return `| ${label} | ${bodies.map((body) => deeds[body] ?? "–").join(" | ")} |`;
    }),
    "",
    ...[...used].map((deed) => `- **${deed}**: ${DEEDS[deed]}`),
    "",
  ];
}

if (import.meta.main) {
  Deno.writeTextFileSync(
    new URL("../../../docs/protocol_answers.md", import.meta.url),
    answerPage(),
  );
}
