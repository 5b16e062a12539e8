/**
 * The options of the agent's own upgrade. They are never the server's to set.
 *
 * @module
 */

import * as field from "../../shared/config/fields.ts";

const HOUR = "(?:[01]\\d|2[0-3]):[0-5]\\d";
const WINDOW = new RegExp(`^(?:${HOUR}-${HOUR})?$`);

/** The section `upgrade`. */
export function upgradeOptions() {
  return {
    enabled: field.toggle({
      default: false,
      about:
        "Whether this agent may be replaced by a newer one that is signed with trusted_keys, " +
        "by an order of the server or with agent upgrade.",
    }),
    trusted_keys: field.optionalPath({
      about:
        "File of public Ed25519 keys (PEM), or a folder of such files (.pem, .pub), that may " +
        "sign releases; only the agent's user and root may be able to write it. Without a key " +
        "nothing is installed.",
    }),
    threshold: field.count({
      default: 1,
      min: 1,
      max: 16,
      about: "So many of these keys must have signed a release.",
    }),
    source: field.choice(["server", "file"], {
      default: "server",
      about: "Where releases come from: server by orders and agent upgrade, file only by agent " +
        "upgrade --file.",
    }),
    trial: field.duration({
      default: "2m",
      min: "1s",
      max: "1h",
      about: "Time within which a new version has to show that it works as well as the one " +
        "before; else that one goes on.",
    }),
    keep: field.count({
      default: 1,
      min: 1,
      max: 10,
      about: "So many versions are kept beside the one in use, to go back to.",
    }),
    max_size: field.size({
      default: "512MiB",
      min: "1MiB",
      max: "4GiB",
      about: "Largest file that is downloaded.",
    }),
    rate: field.size({
      default: "5MiB",
      min: "64KiB",
      max: "1GiB",
      about: "Most bytes that are downloaded in a second.",
    }),
    spread: field.duration({
      default: "30s",
      min: "0s",
      max: "24h",
      about: "An ordered download begins after a random time of up to this, so that a fleet does " +
        "not come at once.",
    }),
    window: field.text({
      default: "",
      pattern: WINDOW,
      error: "must be two times of the day, such as 22:00-04:30, or empty",
      about: "Time of the day (UTC) in which orders may upgrade the agent; empty: always.",
    }),
  };
}
