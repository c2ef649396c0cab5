import type { Direction } from '@/agents/protocol'
import type { GoRefusal } from './decisions'

/** A sentence and the one next action, as pages show them. */
export interface Words {
  message: string
  next: string
}

export const orphanedBeforeGo =
  'The worker that ran it stopped before anything was written. Another takes it up.'
export const orphanedAfterGo =
  'The worker that watched it stopped after the host was told to go on. The host carries on by itself.'
export const cancelledBeforeGo = 'Cancelled before anything was written.'
export const unknownNext = 'Wait: Daxfleet keeps asking the host for its journal.'
export const lostWords: Words = {
  message: 'Contact with the host was lost after it was told to go on, and no outcome arrived in time.',
  next: 'Look at the host, then lift the quarantine: a fencing probe makes sure that nothing acts there any more.',
}
export const markedLostWords = (who: string): Words => ({
  message: `${who} gave the job up: what it did on the host is not known.`,
  next: lostWords.next,
})

export const quarantined: Words = {
  message: 'The host is in quarantine: what an earlier job did there is not known. Nothing was written.',
  next: 'Lift the quarantine on the host’s page; when it is ready, make a new plan.',
}
export const foreign: Words = {
  message: 'The host belongs to another installation of Daxfleet. Nothing was written.',
  next: 'Adopt the host on its page if no other installation acts on it.',
}

/** Said while another process finishes what one that died left behind. */
export const recovering: Readonly<Record<Direction, string>> = {
  forward: 'The agent on the host died half-way. Another has taken the job up and goes on to the end.',
  back: 'The agent on the host died half-way. Another takes the device back to where it was, as far as that is safe.',
}

/** Why the last check before the first write said no. */
export const goRefusals: Readonly<Record<GoRefusal, Words>> = {
  lease_lost: {
    message: 'This worker no longer held the host when the agent was ready. Nothing was written.',
    next: 'Start it again.',
  },
  not_preflight: {
    message: 'The job was no longer waiting for its go when the agent was ready. Nothing was written.',
    next: 'Start it again.',
  },
  not_owner: {
    message: 'Another worker had taken the job over when the agent was ready. Nothing was written.',
    next: 'Wait for the other worker.',
  },
  cancelled: { message: cancelledBeforeGo, next: '' },
  digest_differs: {
    message: 'The host computed another digest than the one that was approved. Nothing was written.',
    next: 'Make a new plan and look at what changed.',
  },
  approval_expired: {
    message: 'The approval of two people ran out before the agent was ready. Nothing was written.',
    next: 'Make a new plan and ask for approval again.',
  },
  fleet_stop: {
    message: 'The fleet-wide stop is pulled, or could not be read. Nothing was written.',
    next: 'Release the stop, then start it again.',
  },
}
