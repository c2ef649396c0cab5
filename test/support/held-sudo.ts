import type { Guest } from './guests'
import { eventually } from './product'

const HOOK = '/usr/local/sbin/hold-sudo'
const HELD = '/run/hold-sudo'
const LINE = `session required pam_exec.so seteuid quiet ${HOOK}`

/** The first sudo that finds the folder waits until it is gone; whoever comes later passes. */
const SCRIPT = `#!/bin/sh
PATH=/usr/bin:/bin
[ "$PAM_TYPE" = open_session ] && mkdir ${HELD}/first 2>/dev/null || exit 0
while [ -d ${HELD} ]; do sleep 0.1; done
`

const NO_SUDO = 'for name in /proc/[0-9]*/comm; do [ "$(cat $name 2>/dev/null)" != sudo ] || exit 1; done'

/** A sudo that does not come to its end, as on a server whose directory service hangs: held in PAM. */
export interface HeldSudo {
  /** Resolves when one is held. */
  reached(): Promise<void>
  /** Lets it go on, and resolves when it, and what it started, have ended. */
  release(): Promise<void>
  /** The guest's PAM as it was. */
  remove(): Promise<void>
}

/** On a full guest: the next sudo of anybody is held. */
export async function holdNextSudo(guest: Guest): Promise<HeldSudo> {
  const sh = (script: string, stdin = '') => guest.run(['sh', '-c', script], { stdin })
  await sh(`cat > ${HOOK} && chmod 755 ${HOOK}`, SCRIPT)
  await sh(`mkdir -p ${HELD}; grep -qxF '${LINE}' /etc/pam.d/sudo || echo '${LINE}' >> /etc/pam.d/sudo`)
  const until = (what: string, script: string) =>
    eventually(
      () => what,
      async () => ((await sh(script)).status === 0 ? true : undefined),
    )
  return {
    async reached() {
      await until('sudo is held', `[ -d ${HELD}/first ]`)
    },
    async release() {
      await sh(`rm -r ${HELD}`)
      await until('no sudo runs any more', NO_SUDO)
    },
    async remove() {
      await sh(`rm -rf ${HELD}; sed -i '\\|${HOOK}|d' /etc/pam.d/sudo; rm -f ${HOOK}`)
    },
  }
}
