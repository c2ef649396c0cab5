import { FaultNote } from '@/app/_components/fault-note'
import { type Asked, answerOf } from '@/app/_lib/host-recovery-words'
import type { HostDetail } from '@/server/hosts/schemas/detail'

/** What became of what a person asked of the host. */
export function AskedNote({ asked, host }: { asked: Asked; host: HostDetail }) {
  const answer = answerOf(asked, host)
  return answer === null ? null : <FaultNote {...answer} live={false} />
}
