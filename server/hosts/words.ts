/** Of a host whose earlier job is not accounted for, where nothing better is known. */
export const quarantined = {
  message: 'What an earlier job did on this host is not known for sure.',
  next: 'Lift the quarantine: a fencing probe makes sure that nothing acts there any more.',
} as const

/** A fencing probe met somebody else at the lock. */
export const lockHeld = (jobId: string) => ({
  message:
    jobId === ''
      ? 'A process on the host still holds the lock of Daxfleet’s agent, so nothing may be decided.'
      : `A process of job ${jobId} on the host still holds its lock, so nothing may be decided.`,
  next: 'Wait until it ends, then lift the quarantine; if it is stuck in the kernel, restart the host.',
})

/** A host has seen epochs that this database never handed out. */
export const restoredNext = 'After restoring a backup run npm run new-installation once, then adopt the host.'
