/**
 * Which checks `agent doctor` makes, and in which order: what is nearest first, so that the first that fails names the cause.
 *
 * @module
 */

import type { Module } from "../../modules/module.ts";
import type { DoctorCheck, Finding } from "./check.ts";
import { AGENT_ANSWERS, AGENT_HEALTH } from "./checks/agent_checks.ts";
import { checkAnswer } from "./checks/answer_check.ts";
import { CONFIG_CERTIFICATES } from "./checks/certificate_checks.ts";
import { CONFIG_DANGERS, CONFIG_LOADS } from "./checks/config_checks.ts";
import { DATABASE_ROOM, DATABASE_SOUND, DEAD_LETTERS, LOSSES } from "./checks/database_checks.ts";
import { DATA_FOLDER, DISK, FILE_SYSTEM, LOCK, LOG_FILE } from "./checks/file_checks.ts";
import { IDENTITY_REGISTERED, machineCheck } from "./checks/identity_checks.ts";
import { CONFIG_KEYS } from "./checks/key_checks.ts";
import { moduleChecks } from "./checks/module_checks.ts";
import { RESPONSES } from "./checks/response_checks.ts";
import { EVENT, LOG_IN, POLL } from "./checks/server_checks.ts";
import { limitsCheck, unitCheck } from "./checks/service_checks.ts";
import { checkTls } from "./checks/tls_check.ts";
import { checkClock, checkConnection, checkName, checkProxy } from "./checks/way_checks.ts";
import type { ServerRoute } from "./server_route.ts";
import type { DoctorContext } from "./context.ts";

/** All of them for a configuration with these servers. `isOffline` leaves out what needs a network. */
export function listChecks(
  { serverUrls, modules, isOffline }: {
    serverUrls: readonly string[];
    modules: readonly Module[];
    isOffline: boolean;
  },
): DoctorCheck[] {
  return [
    CONFIG_LOADS,
    CONFIG_DANGERS,
    CONFIG_CERTIFICATES,
    CONFIG_KEYS,
    DATA_FOLDER,
    DISK,
    FILE_SYSTEM,
    LOG_FILE,
    IDENTITY_REGISTERED,
    machineCheck(),
    AGENT_ANSWERS,
    LOCK,
    unitCheck(),
    limitsCheck(),
    DATABASE_SOUND,
    DATABASE_ROOM,
    DEAD_LETTERS,
    LOSSES,
    RESPONSES,
    ...moduleChecks(modules),
    ...(isOffline ? [] : networkChecks(serverUrls)),
    AGENT_HEALTH,
  ];
}

function networkChecks(serverUrls: readonly string[]): DoctorCheck[] {
  const ways = serverUrls.map((url, index) => wayTo(url, index === 0 ? "" : `#${index + 1}`));
  const answering = ways.flatMap((way) => way.at(-1)?.id ?? []);
  return [
    ...ways.flat(),
    // With several servers one that answers is enough.
    { ...LOG_IN, needsOneOf: answering },
    EVENT,
    POLL,
  ];
}

/** The checks of the way to one server, each on what the one before it made sure of. */
function wayTo(url: string, place: string): DoctorCheck[] {
  const check = (
    name: string,
    needs: readonly string[],
    run: (route: ServerRoute, context: DoctorContext) => Promise<Finding>,
  ): DoctorCheck => ({
    id: `network.${name}${place}`,
    group: "network",
    needs: needs.map((need) => need.startsWith("network.") ? need + place : need),
    run: async (context) => await run(await context.route(url), context),
  });
  const tlsNeeds = ["config.certificates", "network.proxy"];
  return [
    check("dns", ["config.loads"], checkName),
    check("tcp", ["network.dns"], checkConnection),
    check("proxy", ["network.tcp"], checkProxy),
    check("clock", tlsNeeds, checkClock),
    check("tls", tlsNeeds, async (route, context) => {
      const { agent } = await context.config();
      return await checkTls(route, { agent, nowMs: context.options.clock.now() });
    }),
    check("answer", ["network.tls"], checkAnswer),
  ];
}
