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
  next: 'Look at the host, then probe it: the probe reads what the kernel shows.',
}

export const quarantined: Words = {
  message: 'The host is in quarantine: what an earlier job did there is not known. Nothing was written.',
  next: 'Probe the host; when it is ready, make a new plan.',
}

/** Why the last check before the first write said no. */
export const goRefusals: Readonly<Record<GoRefusal, Words>> = {
  lease_lost: {
    message: 'This worker no longer held the host when the agent was ready. Nothing was written.',
    next: 'Start the conversion again.',
  },
  not_preflight: {
    message: 'The job was no longer waiting for its go when the agent was ready. Nothing was written.',
    next: 'Start the conversion again.',
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
  fleet_stop: {
    message: 'The fleet-wide stop is pulled, or could not be read. Nothing was written.',
    next: 'Release the stop, then start the conversion again.',
  },
}
