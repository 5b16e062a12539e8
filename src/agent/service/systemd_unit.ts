/**
 * The unit of systemd, made of the paths in force: the one source of `config/agent.service`, of the packages' unit, and of what
 * `agent service install` writes.
 *
 * @module
 */

import { dirname } from "node:path/posix";
import { MARK, type ServiceSettings } from "./service_settings.ts";

/** The text of the unit. */
export function systemdUnit(settings: ServiceSettings): string {
  const { executable, configFile: config, dataFolder: data, user } = settings;
  const folders = folderLines(settings);
  const command = [executable, "run", "--config", config].map(commandWord).join(" ");
  return `# The agent as a systemd service: a file ${MARK}. Change it with
# \`systemctl edit agent\`, which leaves this file as it is.
#
# The .deb and the .rpm bring it along, and \`agent service install\` writes it for the paths in force. By hand:
#
#   useradd --system --user-group --home-dir ${data} --no-create-home --shell /usr/sbin/nologin ${user}
#   install -d -o ${user} -g ${user} -m 0700 ${data}
${programLines(settings)}
#   install -D -m 0644 agent.yaml ${config}
#   install -m 0644 agent.service /etc/systemd/system/agent.service
#   runuser -u ${user} -- agent register --url https://manager:55000 --user NAME
#   systemctl enable --now agent
#
# It runs as a user of its own that has one power of root's, to read every log, and may write only
# to its own folders. Who changes paths in agent.yaml adds them as ReadWritePaths= with
# \`systemctl edit agent\`.

[Unit]
Description=Endpoint agent
Documentation=man:agent(1)
After=network-online.target
Wants=network-online.target
# Without this systemd would give up during a long series of failures.
StartLimitIntervalSec=0

[Service]
# The agent says when it is ready, reloads and stops, how it is, and that it gets on.
Type=notify
NotifyAccess=main
# Mending a damaged or upgrading a large queue comes before it is ready, and takes as long as it takes.
TimeoutStartSec=infinity
# No sign of life for so long: started anew, without a dump.
WatchdogSec=2min
WatchdogSignal=SIGKILL
Environment=AGENT_SUPERVISED=systemd
ExecStart=${command}
ExecReload=/bin/kill -HUP $MAINPID
# Whatever ends it: status 75 asks for a restart (a command from the manager), and a SIGHUP before it
# can hear one would count as a clean end.
Restart=always
RestartSec=2s
# Starting again does not help: wrong usage (2), not registered (4), configuration (5), another
# agent (8), a database that a newer agent wrote (15).
RestartPreventExitStatus=2 4 5 8 15
# Longer than agent.shutdown_notify_timeout (10s) and the second that closing takes.
TimeoutStopSec=20s
KillSignal=SIGTERM

${folders}
UMask=0077

User=${user}
# CAP_DAC_READ_SEARCH: logs belong to root and to many others, and most of them let nobody else read.
# Nothing more. Scripts of active response run as this user with this power; those that need another
# one get it with \`systemctl edit agent\`, such as CAP_NET_ADMIN to change a firewall or CAP_KILL to end
# processes of others, on both lines:
#   AmbientCapabilities=CAP_NET_ADMIN
#   CapabilityBoundingSet=CAP_NET_ADMIN
CapabilityBoundingSet=CAP_DAC_READ_SEARCH
AmbientCapabilities=CAP_DAC_READ_SEARCH
NoNewPrivileges=yes
# A dump of its memory would hold the key.
LimitCORE=0
# Five times what it takes under full load: a server or a log that has it take more ends the agent, not
# the machine, and it goes on with what is on disk.
MemoryMax=1G
ProtectSystem=strict
ProtectHome=read-only
PrivateTmp=yes
PrivateDevices=yes
ProtectClock=yes
# Processes of others are none of its business, nor is what the kernel says.
ProtectProc=invisible
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
# AF_NETLINK lists the machine's addresses.
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM
# Not MemoryDenyWriteExecute=: the JavaScript engine compiles to memory.
LimitNOFILE=65536

[Install]
WantedBy=multi-user.target
`;
}

/** How the program gets to its place by hand. */
function programLines({ executable, installFolder }: ServiceSettings): string {
  if (installFolder === undefined) return `#   install -m 0755 agent ${executable}`;
  return `#   install -D -m 0755 agent ${installFolder}/versions/VERSION/agent
#   ln -s versions/VERSION ${installFolder}/current`;
}

/** Folders outside the places where systemd makes them, which have to be there and belong to the user. */
export function ownFolders({ dataFolder, runFolder }: ServiceSettings): string[] {
  return [
    ...(nameBelow("/var/lib", dataFolder) === undefined ? [dataFolder] : []),
    ...(nameBelow("/run", runFolder) === undefined ? [runFolder] : []),
  ];
}

/** Folders that systemd makes and gives to the user of the service; others must be there. */
function folderLines(settings: ServiceSettings): string {
  const { configFile, dataFolder, runFolder, logFile } = settings;
  const state = nameBelow("/var/lib", dataFolder);
  const runtime = nameBelow("/run", runFolder);
  const configuration = nameBelow("/etc", dirname(configFile));
  const { installFolder } = settings;
  const others = [...ownFolders(settings), ...(logFile === undefined ? [] : [dirname(logFile)])];
  const lines = [
    "# Folders that systemd makes, and folders that the agent may write to.",
    ...(state === undefined ? [] : [`StateDirectory=${state}`, "StateDirectoryMode=0700"]),
    ...(runtime === undefined ? [] : [`RuntimeDirectory=${runtime}`, "RuntimeDirectoryMode=0700"]),
    ...(configuration === undefined ? [] : [`ConfigurationDirectory=${configuration}`]),
    ...others.map((path) => `ReadWritePaths=${listWord(path)}`),
    // It can write there only when the folder belongs to its user, see docs/upgrade.md.
    ...(installFolder === undefined ? [] : [`ReadWritePaths=-${listWord(installFolder)}`]),
  ];
  return lines.join("\n");
}

/** The name of a folder right below `parent`, when it is a name as systemd makes folders by. */
function nameBelow(parent: string, path: string): string | undefined {
  const name = path.slice(parent.length + 1);
  return path.startsWith(`${parent}/`) && /^[\w.-]+$/.test(name) ? name : undefined;
}

/** A word of a command line: `%` begins a specifier and `$` a variable, see systemd.service(5). */
function commandWord(text: string): string {
  return listWord(text).replaceAll("$", () => "$$");
}

/** A word of a list, quoted where it has to be. */
function listWord(text: string): string {
  const escaped = text.replaceAll("%", "%%");
  if (/^[^\s"'\\;]+$/.test(escaped)) return escaped;
  return `"${escaped.replace(/["\\]/g, "\\$&")}"`;
}
