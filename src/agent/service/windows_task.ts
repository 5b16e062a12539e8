/**
 * A task of Windows' scheduler that runs the agent from the machine's start on, made of the paths in force.
 *
 * A Windows service proper has to speak with the service control manager from within its process, which this runtime cannot: it
 * would be ended after 30 seconds (error 1053). The scheduler starts any program, and starts it again when it ends.
 *
 * @module
 */

import { MARK, type ServiceSettings } from "./service_settings.ts";

/** The text of the task, by the schema of the scheduler 1.4 (Windows 10 and Server 2016 on). */
export function windowsTask({ executable, configFile, user }: ServiceSettings): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<!-- The agent as a scheduled task: a file ${MARK}. -->
<Task version="1.4" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo>
    <Description>Endpoint agent</Description>
  </RegistrationInfo>
  <Triggers>
    <BootTrigger />
    <!-- Whatever ends it: within a minute it runs again. One that runs is left alone. -->
    <TimeTrigger>
      <StartBoundary>2026-01-01T00:00:00</StartBoundary>
      <Repetition>
        <Interval>PT1M</Interval>
      </Repetition>
    </TimeTrigger>
  </Triggers>
  <Principals>
    <Principal id="Author">
      ${principal(user)}
      <RunLevel>HighestAvailable</RunLevel>
    </Principal>
  </Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>
    <StartWhenAvailable>true</StartWhenAvailable>
  </Settings>
  <Actions Context="Author">
    <Exec>
      <Command>${xml(executable)}</Command>
      <Arguments>run --config ${xml(`"${configFile}"`)}</Arguments>
    </Exec>
  </Actions>
</Task>
`;
}

/** The local system, which reads every log, has a fixed identifier in every language. */
const LOCAL_SYSTEM = "S-1-5-18";

function principal(user: string): string {
  if (user === "SYSTEM") return `<UserId>${LOCAL_SYSTEM}</UserId>`;
  return `<UserId>${xml(user)}</UserId>\n      <LogonType>S4U</LogonType>`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
};

function xml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ENTITIES[character] ?? character);
}
