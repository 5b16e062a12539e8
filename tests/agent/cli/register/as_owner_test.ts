import assert from "node:assert/strict";
import { resolve } from "node:path";
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { argumentsFor } from "../../../../src/agent/cli/register/as_owner.ts";

Deno.test("argumentsFor passes on what was given, with whole paths, and neither secrets nor what root has done", () => {
  const command = new Command("register")
    .option("--url <url>").option("--config <file>").option("--force").option("--name <name>")
    .option("--write-config").option("--password-file <file>").option("--token-file <file>").option(
      "--groups <names>",
      "",
      "web",
    )
    .action(() => {});
  const given = ["--url", "https://m:55000", "--config", "a.yaml", "--force", "--write-config"];
  command.parse(
    [...given, "--password-file", "secret.txt", "--token-file", "t", "--name", "--odd"],
    { from: "user" },
  );
  assert.deepEqual(argumentsFor(command as CommandUnknownOpts), [
    ...["--url", "https://m:55000", "--config", resolve("a.yaml"), "--force", "--name", "--odd"],
  ]);
});
