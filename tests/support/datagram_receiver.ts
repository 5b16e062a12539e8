/**
 * A Unix socket that receives datagrams, as systemd's does: the runtime has none without an unstable flag.
 *
 * @module
 */

import { LIBC_PATHS } from "../../src/agent/platform/libc/symbols.ts";

const MSG_DONTWAIT = 0x40;

function openLibrary() {
  const path = LIBC_PATHS.find((path) => {
    try {
      return Deno.statSync(path).isFile;
    } catch {
      return false;
    }
  });
  if (path === undefined) throw new Error("There is no C library");
  return Deno.dlopen(path, {
    socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
    bind: { parameters: ["i32", "buffer", "u32"], result: "i32" },
    recv: { parameters: ["i32", "buffer", "usize", "i32"], result: "isize" },
    close: { parameters: ["i32"], result: "i32" },
  });
}

/** Receives at a path, or at `@name` in the abstract namespace. */
export class DatagramReceiver implements Disposable {
  readonly address: string;
  readonly #library = openLibrary();
  readonly #fd: number;

  constructor(address: string) {
    this.address = address;
    const name = new TextEncoder().encode(`\x01\x00${address.replace(/^@/, "\0")}`);
    this.#fd = this.#library.symbols.socket(1, 2, 0);
    if (this.#library.symbols.bind(this.#fd, name, name.length) < 0) {
      throw new Error(`Cannot receive at ${JSON.stringify(address)}`);
    }
  }

  /** What has come since the last call: a datagram each. */
  received(): string[] {
    const buffer = new Uint8Array(4_096);
    const texts: string[] = [];
    for (;;) {
      const size = Number(this.#library.symbols.recv(this.#fd, buffer, 4_096n, MSG_DONTWAIT));
      if (size < 0) return texts;
      texts.push(new TextDecoder().decode(buffer.subarray(0, size)));
    }
  }

  [Symbol.dispose](): void {
    this.#library.symbols.close(this.#fd);
    this.#library.close();
  }
}
