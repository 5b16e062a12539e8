import assert from "node:assert/strict";
import fc from "fast-check";
import * as z from "zod";
import { entryTest } from "../../../../src/agent/modules/journald/conditions.ts";
import { ExportParser } from "../../../../src/agent/modules/journald/export_parser.ts";
import { type Filter, filter } from "../../../../src/agent/modules/journald/filter_options.ts";
import { matchArguments } from "../../../../src/agent/modules/journald/matches.ts";
import { exportOf } from "./support/export_text.ts";
import { FollowedJournal } from "./support/followed_journal.ts";
import { JournalFiles, numbered, testWithJournal } from "./support/journal_files.ts";

/** Filters as they are loaded. */
function filters(...given: object[]): Filter[] {
  return z.array(filter()).parse(given);
}

/** The field that an entry with these is taken for. */
function takenFor(given: Filter[], fields: Record<string, string>): string | undefined {
  const bytes = Object.entries(fields).map(([name, value]) =>
    [name, new TextEncoder().encode(value)] as [string, Uint8Array]
  );
  const [entry] = new ExportParser({ maxValueBytes: 1e6, maxEntryBytes: 1e6 }).push(
    exportOf([bytes]),
  );
  return entryTest(given).takenFor(entry ?? assert.fail());
}

const CASES: readonly {
  filter: object;
  takes: Record<string, string>[];
  leaves: Record<string, string>[];
}[] = [
  {
    filter: { field: "_COMM", value: "sshd" },
    takes: [{ _COMM: "sshd" }],
    leaves: [{ _COMM: "sshd2" }, { MESSAGE: "sshd" }],
  },
  {
    filter: { field: "_COMM", value: "ssh", exact_match: false },
    takes: [{ _COMM: "sshd" }, { _COMM: "a ssh b" }],
    leaves: [{ _COMM: "cron" }, { A: "ssh" }],
  },
  {
    filter: { field: "_COMM", value: "sshd", ignore_if_missing: true },
    takes: [{ _COMM: "sshd" }, { A: "1" }],
    leaves: [{ _COMM: "cron" }],
  },
  {
    filter: {
      conditions: [{ field: "A", value: "1" }, { field: "B", value: "2" }],
      ignore_if_missing: true,
    },
    takes: [{ A: "1", B: "2" }, { A: "1" }, { C: "3" }],
    leaves: [{ A: "1", B: "3" }, { B: "1" }],
  },
  {
    filter: { units: ["nginx", "ssh.socket"] },
    takes: [
      { _SYSTEMD_UNIT: "nginx.service" },
      { _SYSTEMD_UNIT: "ssh.socket" },
      { UNIT: "nginx.service", _PID: "1" },
      { COREDUMP_UNIT: "nginx.service", _UID: "0" },
    ],
    leaves: [
      { _SYSTEMD_UNIT: "nginx" },
      { _SYSTEMD_UNIT: "ssh.service" },
      { UNIT: "nginx.service", _PID: "7" },
      { OBJECT_SYSTEMD_UNIT: "nginx.service", _UID: "1000" },
    ],
  },
  {
    filter: { units: ["php*-fpm", "user@?.service"] },
    takes: [{ _SYSTEMD_UNIT: "php8.2-fpm.service" }, { _SYSTEMD_UNIT: "user@1.service" }],
    leaves: [{ _SYSTEMD_UNIT: "php.service" }, { _SYSTEMD_UNIT: "user@10.service" }],
  },
  {
    filter: { priority: "warning", identifiers: ["kernel"] },
    takes: [{ PRIORITY: "4", SYSLOG_IDENTIFIER: "kernel" }, {
      PRIORITY: "0",
      SYSLOG_IDENTIFIER: "kernel",
    }],
    leaves: [{ PRIORITY: "5", SYSLOG_IDENTIFIER: "kernel" }, { SYSLOG_IDENTIFIER: "kernel" }, {
      PRIORITY: "3",
    }],
  },
  {
    filter: { field: "_PID", value: 1, priority: 2 },
    takes: [{ _PID: "1", PRIORITY: "2" }],
    leaves: [{ _PID: "1", PRIORITY: "3" }, { _PID: "11", PRIORITY: "2" }],
  },
  {
    filter: { priority: "error" },
    takes: [{ PRIORITY: "3" }],
    leaves: [{ PRIORITY: "4" }],
  },
  {
    filter: {
      exclude: {
        units: ["cron"],
        identifiers: ["CRON", "anacron"],
        conditions: [{ field: "A", value: "x" }],
      },
    },
    takes: [{ MESSAGE: "a" }, { A: "y" }],
    leaves: [{ _SYSTEMD_UNIT: "cron.service" }, { SYSLOG_IDENTIFIER: "anacron" }, { A: "x" }],
  },
  {
    filter: { field: "A", value: "grün" },
    takes: [{ A: "grün" }],
    leaves: [{ A: "gr\u00c3\u00bcn" }],
  },
];

for (const { filter: given, takes, leaves } of CASES) {
  Deno.test(`entryTest() decides by ${JSON.stringify(given)}`, () => {
    const one = filters(given);
    for (const fields of takes) {
      assert.notEqual(takenFor(one, fields), undefined, JSON.stringify(fields));
    }
    for (const fields of leaves) {
      assert.equal(takenFor(one, fields), undefined, JSON.stringify(fields));
    }
  });
}

Deno.test("entryTest() takes everything without filters, and what one of several takes", () => {
  assert.notEqual(takenFor([], { A: "1" }), undefined);
  const two = filters({ field: "A", value: "1" }, { field: "B", value: "2" });
  assert.equal(takenFor(two, { B: "2" }), "B");
  assert.equal(takenFor(two, { B: "1" }), undefined);
});

Deno.test("matchArguments() hands nothing down when a filter has nothing to look for", () => {
  assert.deepEqual(matchArguments([]), []);
  const all = { exclude: { identifiers: ["CRON"] } };
  assert.deepEqual(matchArguments(filters({ field: "A", value: "1" }, all)), []);
  for (const vague of [{ units: ["a*"] }, { field: "A", value: "1", exact_match: false }]) {
    assert.deepEqual(matchArguments(filters(vague)), []);
  }
  assert.deepEqual(matchArguments(filters({ field: "A", value: "1" }, { priority: "alert" })), [
    "A=1",
    "+",
    "PRIORITY=0",
    "PRIORITY=1",
  ]);
});

Deno.test("filter() says what a wrong filter should be", () => {
  const wrong: readonly [object | string, RegExp][] = [
    [{}, /must be a map such as \{units/],
    ["sshd", /must be a map such as \{units/],
    [{ field: "A" }, /must have a value beside field/],
    [{ value: "A" }, /must have a field beside value/],
    [{ field: "lower", value: "a" }, /must be a field of the journal, such as _SYSTEMD_UNIT/],
    [{ field: "_PID", value: 1.5 }, /or a whole number/],
    [{ units: "nginx" }, /must be a list of 1 to 100 names/],
    [{ units: ["a*b*c*d*"] }, /at most 3 stars/],
    [{ priority: "bad" }, /must be one of emerg, alert/],
    [{ exclude: {} }, /must name units, identifiers or conditions/],
    [{ unit: ["a"] }, /Unrecognized key|unit/],
  ];
  for (const [given, says] of wrong) {
    const { error } = filter().safeParse(given);
    const messages = error?.issues.map(({ message }) => message) ?? [];
    assert.match(messages.join("; "), says);
    assert.equal(messages.length, 1, messages.join("; "));
  }
});

testWithJournal("Journald takes the same with what journalctl leaves out as without", async () => {
  using files = new JournalFiles();
  await files.write([
    ...numbered(24),
    ...numbered(4, 25, { UNIT: "unit1.service", _PID: "1", _SYSTEMD_UNIT: "init.scope" }),
  ]);
  const unit = fc.constantFrom("unit0", "unit1.service", "unit2", "unit*");
  const name = fc.constantFrom("app0", "app1", "app?");
  const condition = fc.record({
    field: fc.constantFrom("PRIORITY", "_PID", "SYSLOG_IDENTIFIER"),
    value: fc.constantFrom("1", "3", "app2"),
    exact_match: fc.boolean(),
    ignore_if_missing: fc.boolean(),
  });
  const list = <T>(of: fc.Arbitrary<T>) => fc.array(of, { minLength: 1, maxLength: 2 });
  const one = fc.record({
    units: list(unit),
    identifiers: list(name),
    priority: fc.constantFrom("err", "warning", "debug"),
    conditions: list(condition),
    exclude: fc.record({ identifiers: list(name) }),
  }, { requiredKeys: [] }).filter((its) => Object.keys(its).length > 0);
  await fc.assert(
    fc.asyncProperty(fc.array(one, { minLength: 1, maxLength: 3 }), async (given) => {
      const some = filters(...given);
      const numbers = [
        ...numbered(24),
        ...numbered(4, 25, { UNIT: "unit1.service", _PID: "1", _SYSTEMD_UNIT: "init.scope" }),
      ]
        .flatMap((fields, index) => {
          const values = Object.fromEntries(
            fields.map(([key, bytes]) => [key, new TextDecoder().decode(bytes)]),
          );
          return takenFor(some, values) === undefined ? [] : [`message ${index + 1}`];
        });
      await using journal = new FollowedJournal({ directory: files.path, filters: some });
      journal.start();
      await journal.untilStored(numbers.length);
      assert.deepEqual(journal.sink.lines, numbers);
    }),
    { numRuns: 12 },
  );
});
