import { gatePath } from '@/server/agents/gate'
import { type AllowedAgent, sudoersFile } from '@/server/agents/sudoers'
import type { Guest } from './guests'

/** The ordinary account of full guests, and the one path its agents have. */
export const opsRule = { username: 'ops', path: '/home/ops/.daxfleet/agent' }

const opsKeys = '/home/ops/.ssh/authorized_keys'
const opsOwn = ['-o', 'ops', '-g', 'ops', '-m', '600']

/** Installs a file for sudoers on a full guest as its comment says to: what visudo does not take is not installed. */
export async function installSudoers(guest: Guest, text: string): Promise<void> {
  await guest.text(
    [
      'sh',
      '-c',
      'umask 077; cat > /root/daxfleet.sudoers && visudo -cf /root/daxfleet.sudoers && install -o root -g root -m 440 /root/daxfleet.sudoers /etc/sudoers.d/daxfleet',
    ],
    { stdin: text },
  )
}

/** Lets `ops` run these agents as root, and no others. */
export function allowAgents(guest: Guest, agents: readonly AllowedAgent[]): Promise<void> {
  return installSudoers(guest, sudoersFile(opsRule, agents))
}

/** Puts the gate, and the one line it is forced by, in place for `ops`; what is already connected stays as it is. */
export async function installGate(guest: Guest, gate: string, authorizedKey: string): Promise<void> {
  await guest.text(['install', '-D', '-o', 'root', '-g', 'root', '-m', '755', '/dev/stdin', gatePath], {
    stdin: gate,
  })
  await guest.text(['install', ...opsOwn, '/dev/stdin', opsKeys], { stdin: `${authorizedKey}\n` })
}

/** The key of `ops` is worth a shell again, as on a fresh guest. */
export async function removeGate(guest: Guest): Promise<void> {
  await guest.text(['install', ...opsOwn, '/root/.ssh/authorized_keys', opsKeys])
}
