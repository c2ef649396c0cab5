import { clip, describeTarget } from '@/server/ssh/contact-errors'
import type { ProcessEnd } from '@/server/ssh/remote-process'
import { ContactError, type SshTarget } from '@/server/ssh/target'
import type { PreparedAgent } from './prepare'

/** Said by sudo and of no consequence. */
const sudoNoise = /^sudo: unable to resolve host .*$/gm

/** Why an agent that was started ended without an answer, in words, and what to do about it. */
export function runFailure(target: SshTarget, agent: PreparedAgent, end: ProcessEnd): ContactError {
  const said = end.stderr.replace(sudoNoise, '').trim()
  const shown = said === '' ? '' : `: ${clip(said, 300)}`
  if (end.status === 126 || /unable to execute .*permission denied/i.test(said)) {
    return new ContactError(
      'agent_failed',
      `${describeTarget(target)} does not execute programs from ${agent.path} (mounted noexec?)${shown}.`,
      'Give the account a home on a file system mounted without noexec.',
    )
  }
  const sudo = agent.uid === 0 ? null : sudoFailure(target, agent, end.status, said)
  if (sudo !== null) return sudo
  const how = end.signal === null ? `with status ${end.status ?? 'unknown'}` : `by ${end.signal}`
  return new ContactError(
    'agent_failed',
    `The agent on ${describeTarget(target)} ended ${how} without an answer${shown}.`,
    'Probe again; if it stays so, look at the host’s log.',
  )
}

function sudoFailure(
  { name, username }: SshTarget,
  agent: PreparedAgent,
  status: number | null,
  said: string,
): ContactError | null {
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
  return new ContactError(
    'sudo_refused',
    `sudo on ${name} does not let ${username} run the agent without a password: ${clip(said, 300)}.`,
    `Add to sudoers on the host (visudo): ${username} ALL=(root) NOPASSWD: sha256:${agent.sha256} ${agent.path} ""`,
  )
}
