import type { ScanResult } from "./scan/scanner.ts";

/** What scans came to since the agent started, and what the last one cost. */
export class ScanTotals {
  #scans = 0;
  #read = 0;
  #bytes = 0;
  #last: ScanResult["end"];

  /** Takes the result of a scan. */
  note({ end }: ScanResult): void {
    this.#scans++;
    if (end === undefined) return;
    this.#last = end;
    this.#read += end.counts.read;
    this.#bytes += end.counts.bytes;
  }

  /** Numbers for the status. */
  details(): Record<string, number> {
    const last = this.#last;
    return {
      scans: this.#scans,
      files_read: this.#read,
      bytes_read: this.#bytes,
      ...(last && {
        scan_items: last.items,
        scan_cpu_ms: last.cpuMs,
        ...(last.peakBytes !== null && { scan_peak_bytes: last.peakBytes }),
        files_unreadable: last.counts.unreadable,
        files_changing: last.counts.changing,
        files_too_large: last.counts.too_large,
        folders_unreadable: last.unseen,
      }),
    };
  }
}
