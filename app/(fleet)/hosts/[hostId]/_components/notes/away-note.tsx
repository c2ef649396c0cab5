import { Ago } from '@/app/_components/ago'
import { FaultNote } from '@/app/_components/fault-note'
import { withoutName } from '@/app/_lib/host-words'
import type { HostDetail } from '@/server/hosts/schemas/detail'

/** Nothing that stands below can be settled with a host that does not answer: this comes first. */
export function AwayNote({ host }: { host: HostDetail }) {
  const { away } = host
  if (away === null) return null
  return (
    <FaultNote
      tone="lost"
      live={false}
      message={withoutName(away.message, host.name)}
      detail={
        <p>
          Last tried <Ago at={away.at} />
          {host.lastSeenAt === null ? null : (
            <>
              , last seen <Ago at={host.lastSeenAt} />
            </>
          )}
          .
        </p>
      }
      next={withoutName(away.next, host.name)}
    />
  )
}
