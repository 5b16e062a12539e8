import assert from "node:assert/strict";
import { billOfMaterials, type Materials } from "../../.ci/release/bill_of_materials.ts";
import { releaseNotes } from "../../.ci/release/release_notes.ts";

import { AgentError } from "../../src/shared/errors.ts";

const CHANGELOG = `# Changelog

## 0.3.0 (unreleased)

- Later.

## 0.2.0 (2026-12-01)

### Added

- This.

## 0.1.0 (2026-11-01)
`;

/** The message and the hint with which notes are refused. */
function refusalOf(tag: string, version: string): string {
  try {
    releaseNotes(CHANGELOG, { tag, version });
  } catch (error) {
    assert.ok(error instanceof AgentError);
    return `${error.message}; ${error.hint}`;
  }
  throw new Error(`${tag} was taken`);
}

Deno.test("releaseNotes is the section of the version and nothing else", () => {
  const notes = releaseNotes(CHANGELOG, { tag: "v0.2.0", version: "0.2.0" });
  assert.equal(notes, "### Added\n\n- This.\n");
});

Deno.test("releaseNotes refuses a tag that is not the version of the project", () => {
  assert.match(
    refusalOf("v0.2.1", "0.2.0"),
    /^Tag "v0\.2\.1" is not for version 0\.2\.0 .*; git tag v0/,
  );
  assert.match(refusalOf("0.2.0", "0.2.0"), /^Tag "0\.2\.0" is not/);
});

Deno.test("releaseNotes refuses a version that is missing, undated or empty", () => {
  assert.match(refusalOf("v0.4.0", "0.4.0"), /no section for 0\.4\.0; begin one with: ## 0\.4\.0/);
  assert.match(refusalOf("v0.3.0", "0.3.0"), /no date for 0\.3\.0 but "unreleased"/);
  assert.match(refusalOf("v0.1.0", "0.1.0"), /says nothing of 0\.1\.0/);
  assert.match(refusalOf("v0.2", "0.2"), /no section for 0\.2;/);
});

Deno.test("releaseNotes refuses a date that is no day", () => {
  for (const date of ["2026-13-41", "2026-02-31", "2026-1-1", "26-01-01"]) {
    const changelog = `## 0.2.0 (${date})\n\n- This.\n`;
    assert.throws(() => releaseNotes(changelog, { tag: "v0.2.0", version: "0.2.0" }), {
      message: `CHANGELOG.md has no date for 0.2.0 but "${date}"`,
    });
  }
});

const LOCK = JSON.parse(Deno.readTextFileSync("deno.lock"));
const SHA512 = "ab".repeat(64);

function materials(): Materials {
  const integrity = `sha512-${Uint8Array.fromHex(SHA512).toBase64()}`;
  const name = (name: string, dependencies: string[] = []) => ({
    name,
    version: "1.0.0",
    dependencies,
  });
  return {
    lock: {
      npm: { "@a/one@1.0.0_two@1.0.0": { integrity }, "two@1.0.0": { integrity }, "dev@1.0.0": {} },
    },
    graph: {
      modules: [{ npmPackage: "@a/one@1.0.0_two@1.0.0" }, {}],
      npmPackages: {
        "@a/one@1.0.0_two@1.0.0": name("@a/one", ["two@1.0.0"]),
        "two@1.0.0": name("two"),
        "dev@1.0.0": name("dev"),
      },
    },
    version: "0.2.0",
    denoVersion: "2.9.6",
    epoch: 1_700_000_000,
    licenceOf: (id) => id.startsWith("two") ? "MIT" : undefined,
  };
}

Deno.test("billOfMaterials names every locked package with address, hash and licence", () => {
  const { components, metadata } = billOfMaterials(materials());
  assert.equal(metadata.timestamp, "2023-11-14T22:13:20.000Z");
  assert.deepEqual(components.map(({ purl }) => purl), [
    "pkg:github/denoland/deno@v2.9.6",
    "pkg:npm/%40a/one@1.0.0",
    "pkg:npm/dev@1.0.0",
    "pkg:npm/two@1.0.0",
  ]);
  assert.deepEqual(components[3], {
    type: "library",
    "bom-ref": "pkg:npm/two@1.0.0",
    name: "two",
    version: "1.0.0",
    purl: "pkg:npm/two@1.0.0",
    scope: "required",
    licenses: [{ expression: "MIT" }],
    hashes: [{ alg: "SHA-512", content: SHA512 }],
  });
});

Deno.test("billOfMaterials tells what is in the executable from what only builds or tests it", () => {
  const { components, dependencies } = billOfMaterials(materials());
  const scopes = components.slice(1).map((each) => "scope" in each ? each.scope : "");
  assert.deepEqual(scopes, ["required", "excluded", "required"]);
  assert.deepEqual(dependencies[0], {
    ref: "pkg:generic/agent@0.2.0",
    dependsOn: ["pkg:github/denoland/deno@v2.9.6", "pkg:npm/%40a/one@1.0.0"],
  });
  assert.deepEqual(dependencies[1]?.dependsOn, ["pkg:npm/two@1.0.0"]);
});

Deno.test("billOfMaterials refuses a package that is not in the lock", () => {
  const { graph, ...rest } = materials();
  const modules = [...graph.modules, { npmPackage: "new@1.0.0" }];
  assert.throws(
    () => billOfMaterials({ ...rest, graph: { ...graph, modules } }),
    /new@1\.0\.0 is not in deno\.lock/,
  );
});

Deno.test("billOfMaterials reads every entry of the project's lock", () => {
  const { components } = billOfMaterials({
    ...materials(),
    lock: LOCK,
    graph: { modules: [], npmPackages: {} },
  });
  assert.equal(components.length, Object.keys(LOCK.npm).length + 1);
  for (const each of components.slice(1)) {
    assert.match(each.purl, /^pkg:npm\/(%40[^@/]+\/)?[^@/]+@\d+\.\d+\.\d+[^@_]*$/);
    assert.ok(
      "hashes" in each && /^[0-9a-f]{128}$/.test(each.hashes?.[0]?.content ?? ""),
      each.purl,
    );
  }
});
