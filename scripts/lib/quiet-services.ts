import { rm, writeFile } from 'node:fs/promises'

/** Asked by every Debian package that wants to start a service (deb-systemd-invoke(1p), invoke-rc.d(8)). */
const policyFile = '/usr/sbin/policy-rc.d'

/**
 * Runs `work` (an installation) while no package may start a service: openssh-server, wanted for its program,
 * would listen on every address at once. A policy of the machine's own stays as it is; ours answers "no" only
 * while this process lives, so that a kill cannot leave a machine whose services never start.
 */
export async function withoutServices<T>(work: () => Promise<T>): Promise<T> {
  const script = `#!/bin/sh\n[ -d /proc/${process.pid} ] && exit 101\nexit 0\n`
  const isOurs = await writeFile(policyFile, script, { mode: 0o755, flag: 'wx' }).then(
    () => true,
    () => false,
  )
  try {
    return await work()
  } finally {
    if (isOurs) await rm(policyFile, { force: true })
  }
}
