import { AllowList } from "../../../shared/allow_list.ts";

/** Only this machine. */
const LOOPBACK: readonly string[] = ["127.0.0.0/8", "::1"];

/** Who may send to an input: this machine alone where nothing is said. */
export function allowListOf({ allow }: { allow?: readonly string[] | undefined }): AllowList {
  return new AllowList(allow ?? LOOPBACK);
}
