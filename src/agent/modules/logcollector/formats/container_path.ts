/**
 * What the path of a container's log says of the container.
 *
 *     /var/log/pods/NAMESPACE_POD_UID/CONTAINER/0.log
 *     /var/log/containers/POD_NAMESPACE_CONTAINER-ID.log
 *     /var/lib/docker/containers/ID/ID-json.log
 *
 * Source: kubelet (`pkg/kubelet/kuberuntime/legacy.go`, `helpers.go`) and Docker's `json-file`.
 *
 * @module
 */

import type { Members } from "./stages.ts";

const POD = /\/pods\/([^/_]+)_([^/_]+)_([^/_]+)\/([^/]+)\/\d+\.log/;
const LINK = /\/containers\/([^/_]+)_([^/_]+)_([^/]+)-([0-9a-f]{64})\.log/;
const DOCKER = /\/containers\/([0-9a-f]{64})\/\1-json\.log/;

/** Fields of the container; none for any other path. Each path may know what the others do not. */
export function containerOf(...paths: readonly string[]): Members {
  const found: Found = {};
  for (const path of paths) Object.assign(found, fromPath(path.replaceAll("\\", "/")));
  const { namespace, pod, uid, container, id } = found;
  const named = { ...(container && { name: container }), ...(id && { id }) };
  return {
    ...(Object.keys(named).length > 0 && { container: named }),
    ...(namespace && pod && {
      orchestrator: {
        type: "kubernetes",
        namespace,
        resource: { type: "pod", name: pod, ...(uid && { id: uid }) },
      },
    }),
  };
}

interface Found {
  namespace?: string;
  pod?: string;
  uid?: string;
  container?: string;
  id?: string;
}

function fromPath(path: string): Found {
  const pod = POD.exec(path);
  if (pod) return given({ namespace: pod[1], pod: pod[2], uid: pod[3], container: pod[4] });
  const link = LINK.exec(path);
  if (link) return given({ pod: link[1], namespace: link[2], container: link[3], id: link[4] });
  return given({ id: DOCKER.exec(path)?.[1] });
}

function given(found: { [Name in keyof Found]: string | undefined }): Found {
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
}
