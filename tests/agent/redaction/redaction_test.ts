import assert from "node:assert/strict";
import { redactCards } from "../../../src/agent/redaction/card_numbers.ts";
import { compilePattern } from "../../../src/agent/redaction/pattern.ts";
import { redactAll, redactMembers, redactSecrets } from "../../../src/agent/redaction/redaction.ts";
import { KEYS, TOKENS } from "../../../src/agent/redaction/secret_patterns.ts";

const redact = redactAll([
  redactSecrets(KEYS, compilePattern),
  redactSecrets(TOKENS, compilePattern),
  (text) => redactCards(text, "[redacted]"),
]);
const GONE = "[redacted]";
// Put together here, so that nobody who searches code for secrets finds one.
const join = (...parts: string[]) => parts.join("");
const PEM = ["-----BEGIN", "PRIVATE KEY-----\nMIIE\nabc=\n-----END", "PRIVATE KEY-----"].join(" ");

const SECRETS: [text: string, redacted: string][] = [
  [join("id AKIA", "ABCDEFGHIJKLMNOP ok"), `id ${GONE} ok`],
  [PEM, `-----BEGIN PRIVATE KEY-----${GONE}-----END PRIVATE KEY-----`],
  ["api_key=abcdef0123456789&x=1", `api_key=${GONE}&x=1`],
  ['{"aws_secret_access_key": "abc/def+ghi"}', `{"aws_secret_access_key": "${GONE}"}`],
  [String.raw`{"m":"{\"password\":\"p4ss\"}"}`, String.raw`{"m":"{\"password\":"[redacted]"}"}`],
  [
    "Authorization: Bearer abcdef0123456789",
    `Authorization: ${GONE} abcdef0123456789`.replace(/ abcdef.*/, ` ${GONE}`),
  ],
  ["password=p4ss, user=alice", `password=${GONE}, user=alice`],
  ["DB_PASSWORD='p4 ss'", `DB_PASSWORD="${GONE}"`],
  ["mysql --password p4ss -u x", `mysql --password ${GONE} -u x`],
  ["mysqldump -u root -pp4ss shop", `mysqldump -u root -p${GONE} shop`],
  ["mysql -p -u root", "mysql -p -u root"],
  ["curl -s -u alice:p4ss https://x/", `curl -s -u alice:${GONE} https://x/`],
  ['["--token","p4ss","-v"]', `["--token","${GONE}","-v"]`],
  ["PGPASSWORD=p4ss psql", `PGPASSWORD=${GONE} psql`],
  ['{"dbPassword":"p4ss","nextToken":"t0k"}', `{"dbPassword":"${GONE}","nextToken":"${GONE}"}`],
  ["<db:password type='x'>p4ss</db:password>", `<db:password type='x'>${GONE}</db:password>`],
  ["Cookie: sid=abc; theme=dark", `Cookie: ${GONE}`],
  ["q=password%3Dp4ss&x=1", `q=password%3D${GONE}&x=1`],
  ["secret_key_base: 0011", `secret_key_base: ${GONE}`],
  [
    "bypass=true; compass: north; --no-token-check",
    "bypass=true; compass: north; --no-token-check",
  ],
  ["sudo: PWD=/home/alice", "sudo: PWD=/home/alice"],
  ["pwd=p4ss", `pwd=${GONE}`],
  [String.raw`password="p4\"ss" x`, `password="${GONE}" x`],
  ['{"refresh_token":"t0ken that was cut', `{"refresh_token":"${GONE}"`],
  [
    'Authorization: Digest username="u", response="6629fae4"',
    `Authorization: ${GONE} ${GONE}`,
  ],
  ["CREATE USER u IDENTIFIED BY 'p4ss';", `CREATE USER u IDENTIFIED BY '${GONE}';`],
  ["ALTER ROLE u WITH PASSWORD 'p4ss'", `ALTER ROLE u WITH PASSWORD '${GONE}'`],
  ["sshpass -p p4ss ssh h", `sshpass -p ${GONE} ssh h`],
  [join("hf", "_", "a".repeat(34)), GONE],
  [join("dop", "_v1_", "a1".repeat(32)), GONE],
  [join("SG", ".", "a".repeat(22), ".", "b".repeat(43)), GONE],
  [
    join("https://hooks.slack", ".com/services/", "T000/B000/", "x".repeat(24)),
    join("https://hooks.slack", ".com/services/", GONE),
  ],
  ["GET /a?sv=1&sig=abcdefghij0123456789%3D&x=1", `GET /a?sv=1&sig=${GONE}&x=1`],
  ["postgres://shop:p4ss@db/shop", `postgres://shop:${GONE}@db/shop`],
  [join("eyJ", "hbGciOiJIUzI1NiJ9.eyJ", "zdWIiOiIxIn0.c2ln"), GONE],
  [join("ghp", "_0123456789abcdefghijABCDEFGHIJ012345"), GONE],
  [
    "card 4111 1111 1111 1111, 4111-1111-1111-1111, 4111111111111111",
    `card ${GONE}, ${GONE}, ${GONE}`,
  ],
  [
    "order 4111111111111112, 1795654621123, 0000000000000000",
    "order 4111111111111112, 1795654621123, 0000000000000000",
  ],
  [
    "id 94111111111111111119 and 1.4111111111111111",
    "id 94111111111111111119 and 1.4111111111111111",
  ],
  ["The secret garden; a token ring; keyboard=us", "The secret garden; a token ring; keyboard=us"],
];

for (const [text, redacted] of SECRETS) {
  Deno.test(`the sets make ${JSON.stringify(redacted)} of a text`, () => {
    const first = redact(text);
    assert.equal(first.text, redacted);
    assert.equal(first.count > 0, text !== redacted);
    assert.deepEqual(redact(first.text), { text: redacted, count: 0 }, "a second time");
  });
}

Deno.test("redactMembers() cleans every text, also one that only its name makes a secret, and keeps the rest", () => {
  const members = { a: { password: "p4ss", n: 17, list: ["Bearer abcdef0123456789", true, null] } };
  const cleaned = redactMembers(members, redact).members;
  assert.deepEqual(cleaned, { a: { password: GONE, n: 17, list: [`Bearer ${GONE}`, true, null] } });
  assert.equal(redactMembers({ card: 4111111111111111 }, redact).members.card, GONE);
});

Deno.test("redaction takes time that grows with the text only", () => {
  // Each of these keeps a backtracking matcher busy for minutes.
  for (
    const text of [
      "eyJ-".repeat(60_000),
      "a_".repeat(120_000) + "password",
      "1 ".repeat(120_000),
      "x://".repeat(60_000),
    ]
  ) {
    redact(text);
  }
});

Deno.test("redactCards() finds a card beside other numbers, and takes no table of numbers for cards", () => {
  const card = "4111 1111 1111 1111";
  for (
    const [text, wanted] of [
      [`${card} 12/27`, `${GONE} 12/27`],
      [`4111111111111111 12 27`, `${GONE} 12 27`],
      [`order 12 ${card}`, `order 12 ${GONE}`],
      [`123456 ${card} 123 ${card}`, `123456 ${GONE} 123 ${GONE}`],
      [`2026-01-02 4111-1111-1111-1111`, `2026-01-02 ${GONE}`],
      [`${card} 3x`, `${GONE} 3x`],
      [`amex 3782 822463 10005 1234`, `amex ${GONE} 1234`],
      [`x${card} 12`, `x${card} 12`],
      [`${card.replace("4", "9")} 12`, `${card.replace("4", "9")} 12`],
      ["cpu 38 1234 99 26 35 4444 2 11 0 0 0 0", "cpu 38 1234 99 26 35 4444 2 11 0 0 0 0"],
    ] as const
  ) {
    assert.equal(redactCards(text, GONE).text, wanted, text);
  }
  const long = "4 ".repeat(50_000);
  assert.deepEqual(redactCards(long, GONE), { text: long, count: 0 });
});
