/**
 * Takes apart what wevtutil writes: events as XML, one behind the other. The XML is not parsed.
 *
 * @module
 */

/** One event, as it was written. */
export interface WindowsEvent {
  text: string;
  /** Its number in the channel. */
  recordId: number;
  /** When it was created, ISO 8601; left out when it does not say. */
  createdAt?: string;
}

const END = "</Event>";
const RECORD_ID = /<EventRecordID>(\d{1,15})<\/EventRecordID>/;
const CREATED = /<TimeCreated SystemTime=['"](\d{4}-\d\d-\d\dT[\d:.]+Z)['"]/;

/** The whole events in `text`; what begins and does not end, or has no number, is left out. */
export function eventsIn(text: string): WindowsEvent[] {
  const events: WindowsEvent[] = [];
  let at = 0;
  for (;;) {
    const start = text.indexOf("<Event ", at);
    const end = text.indexOf(END, start);
    if (start === -1 || end === -1) return events;
    at = end + END.length;
    const one = eventOf(text.slice(start, at));
    if (one !== undefined) events.push(one);
  }
}

function eventOf(text: string): WindowsEvent | undefined {
  const recordId = RECORD_ID.exec(text)?.[1];
  if (recordId === undefined) return undefined;
  const createdAt = CREATED.exec(text)?.[1];
  return { text, recordId: Number(recordId), ...(createdAt !== undefined && { createdAt }) };
}

/** The text of bytes that are UTF-16 (with or without a mark), UTF-8, or else of the code page of Western Europe. */
export function decodeOutput(bytes: Uint8Array): string {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return new TextDecoder("utf-16le").decode(bytes);
  // "<" as the first of two bytes.
  if (second === 0 && bytes.length > 1) return new TextDecoder("utf-16le").decode(bytes);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}
