/**
 * Which files may hold passwords or keys, by their names.
 *
 * @module
 */

import { basename } from "node:path";

/** What editors, package managers and rotation make of a name. */
const COPY = String
  .raw`(?:[-~]|\.(?:bak|backup|old|orig|save|new|tmp|sw[a-p]|dpkg-\w+|rpm\w+|ucf-\w+|\d+|gz|xz|bz2|zst))*`;
/** Names of files that hold what nobody may deliver, in whatever folder, and of their copies. */
const SECRET_NAMES = new RegExp(
  `^(?:(?:${
    [
      String.raw`g?shadow|master\.passwd|opasswd|sudoers|krb5\.keytab|identity\.json`,
      String.raw`id_(?:rsa|dsa|ecdsa|ed25519).*|ssh_host_.*_key`,
      String.raw`.*\.(?:pem|key|p12|pfx|jks|keystore|keytab|kdbx|ppk)`,
      String.raw`\.netrc|\.pgpass|\.my\.cnf|\.htpasswd|\.git-credentials|\.npmrc|\.pypirc`,
      String.raw`ipsec\.secrets|(?:ch|p)ap-secrets|wpa_supplicant\.conf`,
      String.raw`(?:.*[._-])?(?:secrets?|credentials?)(?:\.(?:json|ya?ml|toml|ini|conf|env|txt))?`,
      String.raw`sasl_passwd(?:\.db)?|smbpasswd|passwd\.(?:client|md5)|debian\.cnf|\.?msmtprc`,
      String.raw`.*\.keys|\.env(?:\..*)?|k3s\.yaml|.*kubeconfig.*`,
      String.raw`(?:(?:super-)?admin|kubelet|controller-manager|scheduler)\.conf`,
    ].join("|")
  })${COPY}|sam|security|ntds\\.dit)$`,
  "i",
);
/** Folders in which everything is secret. */
const SECRET_FOLDERS = new RegExp(
  String.raw`[\\/](?:${
    [
      String.raw`\.ssh|\.gnupg|\.aws|\.azure|\.kube|\.docker|\.password-store`,
      String.raw`etc[\\/](?:ssl|pki[\\/]tls|ipsec\.d|swanctl)[\\/]private|etc[\\/]sudoers\.d`,
      String
        .raw`etc[\\/](?:wireguard|letsencrypt|NetworkManager[\\/]system-connections|kubernetes[\\/]pki|netplan)`,
      String.raw`run[\\/]secrets`,
    ].join("|")
  })(?:[\\/]|$)|^[\\/](?:proc|sys|dev)(?:[\\/]|$)`,
  "i",
);

/** Whether the file at `path`, every link resolved, may hold passwords or keys, or is of the kernel. */
export function mayHoldSecrets(path: string): boolean {
  return SECRET_NAMES.test(basename(path)) || SECRET_FOLDERS.test(path);
}
