import { clip, describeTarget } from '@/server/ssh/contact-errors'
import type { ProcessEnd } from '@/server/ssh/remote-process'
import { ContactError, type SshTarget } from '@/server/ssh/target'
import type { PreparedAgent } from './prepare'
import { sudoersLine } from './sudoers'

/** Said by sudo and of no consequence. */
const sudoNoise = /^sudo: unable to resolve host .*$/gm

/**
 * Why an agent that was started ended without an answer, in words, and what to do about it. `listAllowed` asks the host
 * for the digests its sudo knows; it is called only where sudo refused.
 */
export async function runFailure(
  target: SshTarget,
  agent: PreparedAgent,
  end: ProcessEnd,
  listAllowed: () => Promise<readonly string[]>,
): Promise<ContactError> {
  const said = end.stderr.replace(sudoNoise, '').trim()
  const shown = said === '' ? '' : `: ${clip(said, 300)}`
  if (end.status === 126 || /unable to execute .*permission denied/i.test(said)) {
    return new ContactError(
      'agent_failed',
      `${describeTarget(target)} does not execute programs from ${agent.path} (mounted noexec?)${shown}.`,
      'Give the account a home on a file system mounted without noexec.',
    )
  }
  const sudo = agent.uid === 0 ? null : await sudoFailure(target, agent, end.status, said, listAllowed)
  if (sudo !== null) return sudo
  const how = end.signal === null ? `with status ${end.status ?? 'unknown'}` : `by ${end.signal}`
  return new ContactError(
    'agent_failed',
    `The agent on ${describeTarget(target)} ended ${how} without an answer${shown}.`,
    'Probe again; if it stays so, look at the host’s log.',
  )
}

async function sudoFailure(
  { name, username }: SshTarget,
  agent: PreparedAgent,
  status: number | null,
  said: string,
  listAllowed: () => Promise<readonly string[]>,
): Promise<ContactError | null> {
  if (status === 127 || /sudo: not found/.test(said)) {
    return new ContactError(
      'sudo_refused',
      `${name} has no sudo, and ${username} is not root there.`,
      'Install sudo on the host, or let Daxfleet sign in as root.',
    )
  }
  // sudo itself ran and did not find the agent: somebody removed it since it was looked at.
  if (/: command not found/.test(said)) return null
  if (/tty/.test(said)) {
    return new ContactError(
      'sudo_refused',
      `sudo on ${name} wants a terminal from ${username}.`,
      `Add to sudoers on the host (visudo): Defaults:${username} !requiretty`,
    )
  }
  if (!/sudo|password|not allowed/i.test(said)) return null
  // With a digest in sudoers a wrong file is told as "a password is required": one sentence covers all of these.
  const allowed = await listAllowed()
  return new ContactError(
    'sudo_refused',
    allowed.length === 0
      ? `sudo on ${name} does not let ${username} run the agent without a password: ${clip(said, 300)}.`
      : `sudo on ${name} lets ${username} run another agent than this one: its line names ${allowed.map(short).join(' and ')}, needed is ${short(agent.sha256)}.`,
    `Install the file that the host’s Access tab offers, or add to sudoers on the host (visudo): ${sudoersLine({ username, path: agent.path }, agent.sha256)}`,
  )
}

/** Enough to tell agents apart, as people do it. */
function short(sha256: string): string {
  return `sha256:${sha256.slice(0, 12)}…`
}
