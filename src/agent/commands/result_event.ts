import { encodeStateful } from "../../shared/protocol/event_encoder.ts";
import type { CommandResult } from "../../shared/protocol/commands.ts";
import { truncate } from "../../shared/text.ts";

const MAX_MESSAGE_BYTES = 4 * 1024;
const MAX_DATA_BYTES = 256 * 1024;

/** The result with its texts cut to what is kept and sent: 4 KiB of message, 256 KiB of data. */
export function boundResult({ code, message, data }: CommandResult): CommandResult {
  return {
    code,
    message: truncate(message, MAX_MESSAGE_BYTES),
    ...(data !== undefined && { data: truncate(data, MAX_DATA_BYTES) }),
  };
}

/** A row says that its command is done and does not say how: the disk changed it. */
const LOST_RESULT = { code: 1, message: "the result is lost: the journal is damaged", data: null };

/** The stateful event that tells the server what came of a command. */
export function encodeResult(
  row: {
    document_id: string;
    code: number | null;
    message: string | null;
    data: string | null;
  },
): string {
  const { document_id, code, message, data } = row.code === null ? { ...row, ...LOST_RESULT } : row;
  const header = { module: "command", id: document_id, operation: "update" } as const;
  return encodeStateful(header, {
    command: { result: { code, message: message ?? "", data: data ?? "" } },
  });
}
