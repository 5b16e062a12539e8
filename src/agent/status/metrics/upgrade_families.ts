import type { StatusDocument } from "../../../shared/protocol/status_document.ts";
import { type Family, gauge } from "./family.ts";

/** How the agent's own replacement stands; nothing of an agent of a version that does not say. */
export function upgradeFamilies(document: StatusDocument): Family[] {
  const upgrade: StatusDocument["upgrade"] | undefined = document.upgrade;
  if (upgrade === undefined) return [];
  const { percent, last_result: last } = upgrade;
  const labels = { from: last?.from ?? "", to: last?.to ?? "", reason: last?.reason ?? "" };
  return [
    gauge("upgrade_downloaded_hundredths", "How much of a release is downloaded", [[percent]]),
    gauge("upgrade_last_code", "0 when the last upgrade succeeded", [[last?.code ?? null, labels]]),
    gauge("upgrade_last_release", "Number of the release of the last upgrade", [[
      last?.release ?? null,
    ]]),
  ];
}
