import assert from "node:assert/strict";
import { mayHoldSecrets } from "../../../src/agent/platform/secret_paths.ts";

Deno.test("mayHoldSecrets() knows files of passwords and keys by their names, and their copies", () => {
  const secret = [
    ..."/etc/shadow /etc/shadow- /etc/gshadow.bak /etc/ssh/ssh_host_rsa_key /etc/x/tls.key"
      .split(" "),
    ..."/etc/ldap.secret /etc/gitlab/gitlab-secrets.json /etc/davfs2/secrets /srv/app/.env.local"
      .split(" "),
    ..."/etc/postfix/sasl_passwd.db /etc/exim4/passwd.client /etc/mysql/debian.cnf /etc/msmtprc"
      .split(" "),
    ..."/etc/kubernetes/admin.conf /etc/rancher/k3s/k3s.yaml /etc/netplan/50.yaml /etc/ntp.keys"
      .split(" "),
  ];
  assert.deepEqual(secret.filter((path) => !mayHoldSecrets(path)), []);
  const plain = [
    ..."/etc/hosts /etc/passwd /etc/ssh/sshd_config /var/log/secure /var/log/auth.log".split(" "),
    ..."/var/log/app/credentials-service.log /etc/sysctl.conf /var/log/monkeys /etc/fstab"
      .split(" "),
  ];
  assert.deepEqual(plain.filter((path) => mayHoldSecrets(path)), []);
});
