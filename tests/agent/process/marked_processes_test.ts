import assert from "node:assert/strict";
import { killMarked, markedEnvironment } from "../../../src/agent/process/marked_processes.ts";

/** A `/proc` of processes with these environments, out of which the killed ones go. */
function procOf(environments: Record<string, string>) {
  const left = new Map(Object.entries(environments));
  const killed: number[] = [];
  return {
    killed,
    deps: {
      files: {
        list: () => ["self", "meminfo", ...left.keys()],
        readBytes: (path: string) => {
          const text = left.get(path.split("/")[2] ?? "");
          return text === undefined ? undefined : new TextEncoder().encode(text);
        },
      },
      kill: (pid: number) => {
        killed.push(pid);
        left.delete(String(pid));
      },
    },
  };
}

Deno.test("killMarked() kills who has the mark in his environment as he was given it, and nobody else", () => {
  const [[name, value] = ["", ""]] = Object.entries(markedEnvironment("6f1c"));
  const entry = `${name}=${value}`;
  const { killed, deps } = procOf({
    "10": `PATH=/bin\0${entry}\0`,
    "11": `${entry}.2.\0PATH=/bin\0`,
    "12": `PATH=/bin\0`,
    "13": `NOTE=${entry}\0`,
    "14": `${name}=other\0`,
    "15": "",
  });
  assert.equal(killMarked("6f1c", deps), 2);
  assert.deepEqual(killed, [10, 11]);
  assert.equal(killMarked("6f1c", deps), 0);
});

Deno.test("killMarked() looks again for what was started meanwhile, and not for ever", () => {
  const [[name, value] = ["", ""]] = Object.entries(markedEnvironment("6f1c"));
  let started = 0;
  const deps = {
    files: {
      list: () => [String(++started)],
      readBytes: () => new TextEncoder().encode(`${name}=${value}\0`),
    },
    kill: () => {},
  };
  assert.equal(killMarked("6f1c", deps), 5);
});
