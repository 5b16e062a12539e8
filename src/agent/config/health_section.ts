/**
 * The options of when the agent calls itself degraded or failing, and of who is told in numbers.
 *
 * @module
 */

import * as field from "../../shared/config/fields.ts";

/** The section `health`. */
export function healthOptions() {
  return {
    degraded_after: field.duration({
      default: "1m",
      min: "0s",
      max: "24h",
      about: "How long what may pass by itself lasts before it counts as degraded: the server is " +
        "away, the queue is full, everything is refused.",
    }),
    failing_after: field.duration({
      default: "1h",
      min: "0s",
      max: "8760h",
      about: "How long the same lasts before it counts as failing.",
    }),
    recent: field.duration({
      default: "1h",
      min: "1s",
      max: "8760h",
      about: "How long an event that was refused or lost keeps the agent degraded.",
    }),
    queue_used: field.count({
      default: 80,
      min: 1,
      max: 100,
      about: "Percent of queue.max_events or queue.max_bytes in use from which the agent is " +
        "degraded.",
    }),
    disk_headroom: field.count({
      default: 2,
      min: 1,
      max: 100,
      about: "The agent is degraded while the disk under its data folder has less than this many " +
        "times what queue.min_free_disk keeps free.",
    }),
    clock_off_by: field.duration({
      default: "1m",
      min: "2s",
      max: "24h",
      about: "Difference between this machine's clock and the server's from which the agent is " +
        "degraded.",
    }),
    unmatched_location: field.choice(["degraded", "ignore"], {
      default: "degraded",
      about: "What a location that no file matches means; ignore suits a configuration that is " +
        "shared by machines of different kinds.",
    }),
  };
}

const PORT = "(?:6553[0-5]|655[0-2]\\d|65[0-4]\\d{2}|6[0-4]\\d{3}|[1-5]\\d{4}|[1-9]\\d{0,3})";
const LISTEN = new RegExp(`^(?:off|(?:\\[[0-9a-fA-F:.]+\\]|[A-Za-z0-9.-]*):${PORT})$`);

/** The section `metrics`. */
export function metricsOptions() {
  return {
    listen: field.text({
      default: "off",
      pattern: LISTEN,
      error: "must be off, or an address with a port, such as 127.0.0.1:9464 or [::1]:9464",
      live: true,
      about: "Where the metrics are served over HTTP, under /metrics, for whoever can reach that " +
        "address; off serves none. :9464 is the loopback interface, 0.0.0.0:9464 every one.",
    }),
  };
}
