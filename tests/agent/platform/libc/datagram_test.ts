import assert from "node:assert/strict";
import { sendDatagram } from "../../../../src/agent/platform/libc/datagram.ts";
import { type Libc, LibcError } from "../../../../src/agent/platform/libc/libc.ts";
import { LibcLibrary } from "../../../../src/agent/platform/libc/library.ts";
import { DatagramReceiver } from "../../../support/datagram_receiver.ts";
import { TempFolder } from "../../../support/queues.ts";

const library = new LibcLibrary();

function opened(): Libc {
  if (library.libc === undefined) throw new Error(`no libc: ${library.missing}`);
  return library.libc;
}

Deno.test("sendDatagram reaches a socket at a path", () => {
  using folder = new TempFolder();
  using receiver = new DatagramReceiver(folder.file("notify"));
  sendDatagram(opened(), receiver.address, "READY=1\nSTATUS=wärm\n");
  assert.deepEqual(receiver.received(), ["READY=1\nSTATUS=wärm\n"]);
});

Deno.test("sendDatagram reaches an abstract socket", () => {
  using receiver = new DatagramReceiver(`@agent-test-${crypto.randomUUID()}`);
  sendDatagram(opened(), receiver.address, "READY=1\n");
  assert.deepEqual(receiver.received(), ["READY=1\n"]);
});

Deno.test("sendDatagram fails where nobody receives, and for an address that is too long", () => {
  using folder = new TempFolder();
  for (const address of [folder.file("nobody"), `/${"x".repeat(108)}`]) {
    assert.throws(() => sendDatagram(opened(), address, "READY=1\n"), LibcError);
  }
});

Deno.test("sendDatagram does not wait for a receiver that is full", () => {
  using folder = new TempFolder();
  using receiver = new DatagramReceiver(folder.file("notify"));
  assert.throws(() => {
    for (let count = 0; count < 100_000; count++) {
      sendDatagram(opened(), receiver.address, "x".repeat(1_000));
    }
  }, LibcError);
});
