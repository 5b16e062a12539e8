/**
 * Every route of the manager in one table: the handlers, the statistics, the faults and the 405
 * answers all go by it.
 *
 * @module
 */

/** The two ports of the manager. */
export type ApiName = "management" | "comms";

/** Method and path of one route. */
interface Route {
  api: ApiName;
  method: "GET" | "POST" | "PUT" | "DELETE";
  /** A part that begins with a colon stands for any one part. */
  path: string;
}

/** The routes by the name they have in the statistics. */
export const ROUTES = {
  managementHealth: { api: "management", method: "GET", path: "/health" },
  managementReady: { api: "management", method: "GET", path: "/ready" },
  authenticate: { api: "management", method: "POST", path: "/security/user/authenticate" },
  agents: { api: "management", method: "POST", path: "/agents" },
  removeAgent: { api: "management", method: "DELETE", path: "/agents/:id" },
  makeEnrollmentToken: { api: "management", method: "POST", path: "/agents/enrollment-tokens" },
  listEnrollmentTokens: { api: "management", method: "GET", path: "/agents/enrollment-tokens" },
  removeEnrollmentToken: {
    api: "management",
    method: "DELETE",
    path: "/agents/enrollment-tokens/:id",
  },
  rotateTokenKey: { api: "management", method: "POST", path: "/manager/token-keys" },
  agentState: { api: "management", method: "GET", path: "/manager/agents/:id/state" },
  agentModules: { api: "management", method: "GET", path: "/manager/agents/:id/modules" },
  listAgents: { api: "management", method: "GET", path: "/manager/agents" },
  stats: { api: "management", method: "GET", path: "/manager/stats" },
  events: { api: "management", method: "GET", path: "/manager/events" },
  submitCommands: {
    api: "management",
    method: "POST",
    path: "/_plugins/_command_manager/commands",
  },
  acceptCommands: { api: "management", method: "POST", path: "/accept_commands" },
  orders: { api: "management", method: "GET", path: "/manager/orders" },
  request: { api: "management", method: "GET", path: "/manager/requests/:id" },
  pageRoot: { api: "management", method: "GET", path: "/" },
  pageLogInForm: { api: "management", method: "GET", path: "/page/log-in" },
  pageLogIn: { api: "management", method: "POST", path: "/page/log-in" },
  pageLogOut: { api: "management", method: "POST", path: "/page/log-out" },
  pageAsset: { api: "management", method: "GET", path: "/page/assets/:name" },
  pageFleet: { api: "management", method: "GET", path: "/page/fleet" },
  pageAgent: { api: "management", method: "GET", path: "/page/agents/:id" },
  pageDocuments: { api: "management", method: "GET", path: "/page/agents/:id/documents" },
  pageOrders: { api: "management", method: "GET", path: "/page/orders" },
  pageOrderList: { api: "management", method: "GET", path: "/page/orders/list" },
  pageFlow: { api: "management", method: "GET", path: "/page/flow" },
  pageNodes: { api: "management", method: "GET", path: "/page/nodes" },
  pageLive: { api: "management", method: "GET", path: "/page/live" },
  putFile: { api: "management", method: "PUT", path: "/manager/files/:name" },
  listReleases: { api: "management", method: "GET", path: "/manager/releases" },
  putRelease: { api: "management", method: "PUT", path: "/manager/releases/:name" },
  removeRelease: { api: "management", method: "DELETE", path: "/manager/releases/:name" },
  makeRollout: { api: "management", method: "POST", path: "/manager/rollouts" },
  listRollouts: { api: "management", method: "GET", path: "/manager/rollouts" },
  rollout: { api: "management", method: "GET", path: "/manager/rollouts/:id" },
  operateRollout: {
    api: "management",
    method: "POST",
    path: "/manager/rollouts/:id/:operation",
  },
  health: { api: "comms", method: "GET", path: "/health" },
  ready: { api: "comms", method: "GET", path: "/ready" },
  root: { api: "comms", method: "GET", path: "/api/v1" },
  login: { api: "comms", method: "POST", path: "/api/v1/authentication" },
  removeSelf: { api: "comms", method: "DELETE", path: "/api/v1/agent" },
  stateless: { api: "comms", method: "POST", path: "/api/v1/events/stateless" },
  stateful: { api: "comms", method: "POST", path: "/api/v1/events/stateful" },
  batch: { api: "comms", method: "GET", path: "/api/v1/batches/:id" },
  stateDigest: { api: "comms", method: "POST", path: "/api/v1/state/digest" },
  commands: { api: "comms", method: "GET", path: "/api/v1/commands" },
  startOrder: { api: "comms", method: "POST", path: "/api/v1/commands/:id/start" },
  files: { api: "comms", method: "GET", path: "/api/v1/files" },
  upgrade: { api: "comms", method: "GET", path: "/api/v1/upgrade" },
  download: { api: "comms", method: "GET", path: "/api/v1/download" },
} as const satisfies Record<string, Route>;

/** Name of a route. */
export type RouteName = keyof typeof ROUTES;

const NAMES = Object.keys(ROUTES) as RouteName[];

/** The routes of `api` at `path`, whatever their method; a trailing slash makes no difference. */
export function routesAt(api: ApiName, path: string): RouteName[] {
  const wanted = path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path;
  return NAMES.filter((name) => ROUTES[name].api === api && matches(ROUTES[name].path, wanted));
}

/** The route that serves this request, if there is one. */
export function routeOf(api: ApiName, request: Request): RouteName | undefined {
  const method = request.method === "HEAD" ? "GET" : request.method;
  return routesAt(api, new URL(request.url).pathname)
    .find((name) => ROUTES[name].method === method);
}

function matches(pattern: string, path: string): boolean {
  if (!pattern.includes(":")) return pattern === path;
  const [wanted, parts] = [pattern.split("/"), path.split("/")];
  return wanted.length === parts.length &&
    wanted.every((part, index) => part === parts[index] || part.startsWith(":"));
}
