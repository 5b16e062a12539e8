/**
 * The property list of a launchd daemon, made of the paths in force.
 *
 * @module
 */

import { MARK, type ServiceSettings } from "./service_settings.ts";

/** The daemon's name, and that of its file. */
export const LABEL = "com.example.agent";

/** The text of the property list, see launchd.plist(5). */
export function launchdPlist(
  { executable, configFile, user, installFolder = "/opt/agent" }: ServiceSettings,
): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<!--
  The agent as a launchd daemon: a file ${MARK}. By hand:

    sudo mkdir -p ${installFolder}/versions/VERSION && sudo install -m 0755 agent ${installFolder}/versions/VERSION/
    sudo ln -s versions/VERSION ${installFolder}/current
    sudo mkdir -p /etc/agent && sudo install -m 0644 agent.yaml /etc/agent/agent.yaml
    sudo agent register …                       (agent register -h shows how)
    sudo install -m 0644 -o root -g wheel com.example.agent.plist /Library/LaunchDaemons/
    sudo launchctl bootstrap system /Library/LaunchDaemons/com.example.agent.plist

  Stop it with: sudo launchctl bootout system/${LABEL}
  For a name of your own, rename the file and change Label with it.
-->
<plist version="1.0">
<dict>
  <key>Label</key>
  <string>${LABEL}</string>${userLines(user)}
  <key>ProgramArguments</key>
  <array>
    <string>${xml(executable)}</string>
    <string>run</string>
    <string>--config</string>
    <string>${xml(configFile)}</string>
  </array>
  <key>RunAtLoad</key>
  <true/>
  <!-- Start again after a failure, not after an orderly end. -->
  <key>EnvironmentVariables</key>
  <dict>
    <key>AGENT_SUPERVISED</key>
    <string>launchd</string>
  </dict>
  <key>KeepAlive</key>
  <dict>
    <key>SuccessfulExit</key>
    <false/>
  </dict>
  <key>ThrottleInterval</key>
  <integer>10</integer>
  <!-- Longer than agent.shutdown_notify_timeout (10s) and the second that closing takes. -->
  <key>ExitTimeOut</key>
  <integer>20</integer>
  <!-- 077 in octal. -->
  <key>Umask</key>
  <integer>63</integer>
  <key>ProcessType</key>
  <string>Background</string>
  <key>SoftResourceLimits</key>
  <dict>
    <key>NumberOfFiles</key>
    <integer>65536</integer>
  </dict>
  <!-- Not below /var/log, where the agent may follow *.log: it would report its own reports. -->
  <key>StandardErrorPath</key>
  <string>/Library/Logs/agent.log</string>
</dict>
</plist>
`;
}

/** Without the key a daemon is root's. */
function userLines(user: string): string {
  return user === "root" ? "" : `\n  <key>UserName</key>\n  <string>${xml(user)}</string>`;
}

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };

function xml(text: string): string {
  return text.replace(/[&<>]/g, (character) => ENTITIES[character] ?? character);
}
