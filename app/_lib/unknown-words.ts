import type { JobDetail } from '@/server/jobs/schema'
import { formatAgo } from './format'
import { stepWord } from './steps'
import { writePath } from './writes'

/** What the host's journal told of a run before contact was lost. */
export function knownSoFar({ writes }: Pick<JobDetail, 'writes'>): string {
  const last = writes.at(-1)
  if (last === undefined) return 'No write of it is known.'
  const how =
    last.errno === null
      ? 'how it ended is not known'
      : last.errno === 0
        ? 'it took effect'
        : `it failed with ${last.errnoName || `errno ${last.errno}`}`
  return `The last write known is ${last.value} to ${writePath(last)} (${stepWord(last.step)}): ${how}.`
}

/** When nobody asks any more; null where that is not coming. */
export function endsByItself({ endsLostAt }: Pick<JobDetail, 'endsLostAt'>, now: Date): string | null {
  if (endsLostAt === null) return null
  return endsLostAt <= now
    ? 'Its time is over: it ends lost by itself at any moment.'
    : `Without an answer it ends lost by itself ${formatAgo(endsLostAt, now)}.`
}

/** Names action, scope and place, to be typed by whoever gives a run up. */
export function markLostPhrase({ daxName, hostName }: Pick<JobDetail, 'daxName' | 'hostName'>): string {
  return `mark ${daxName} on ${hostName} lost`
}

/** `online to /sys/…`, of a write that does not come back. */
export function stuckWrite({ write }: NonNullable<JobDetail['stuck']>): string {
  return `The write of ${write.value} to ${writePath(write)}`
}
