import type { ContactErrorKind } from '@/server/ssh/target'
import type { HostStateName } from './vocabulary'

const stateOf: Readonly<Record<ContactErrorKind, HostStateName>> = {
  key_review: 'key_review',
  key_changed: 'key_changed',
  unreachable: 'unreachable',
  timed_out: 'unreachable',
  lost_contact: 'unreachable',
  auth_refused: 'auth_refused',
  sudo_refused: 'sudo_refused',
  agent_failed: 'agent_failed',
  version_mismatch: 'agent_failed',
  output_overflow: 'agent_failed',
}

/**
 * Hosts in these states are looked at again by themselves. A key under review must not be shown again and again, nor a
 * refused account be locked by our trying.
 */
export const statesProbedAgain = [
  'ready',
  'unreachable',
  'agent_failed',
  'sudo_refused',
  'quarantined',
  'foreign',
] as const satisfies readonly HostStateName[]

/**
 * The state a host is in once contact with it failed in this way. No contact says nothing about a job whose outcome is
 * unknown, nor about who else acts there: quarantine and another's host stay what they are, unless it is a key to review.
 */
export function stateAfterContactError(before: HostStateName, kind: ContactErrorKind): HostStateName {
  const state = stateOf[kind]
  const asksForReview = state === 'key_review' || state === 'key_changed'
  const isSettled = before !== 'quarantined' && before !== 'foreign'
  return isSettled || asksForReview ? state : before
}
