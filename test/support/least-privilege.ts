import { type AllowedAgent, sudoersFile } from '@/server/agents/sudoers'
import type { Guest } from './guests'

/** The ordinary account of full guests, and the one path its agents have. */
export const opsRule = { username: 'ops', path: '/home/ops/.daxfleet/agent' }

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
