'use client'

import { useQuery } from '@tanstack/react-query'
import Link from 'next/link'
import { Bytes } from '@/app/_components/bytes'
import { KeyReview } from '@/app/_components/host-key/key-review'
import { Skeleton } from '@/app/_components/skeleton'
import { StatePill } from '@/app/_components/state-pill'
import { plural } from '@/app/_lib/format'
import { withoutName } from '@/app/_lib/host-words'
import { hostMark } from '@/app/_lib/states'
import { type Outputs, useTRPC } from '@/app/_lib/trpc'

type HostDetail = Outputs['hosts']['get']

export function AddedHostRow({ hostId }: { hostId: string }) {
  const trpc = useTRPC()
  const { data: host } = useQuery(trpc.hosts.get.queryOptions({ hostId }))
  if (!host) return <Skeleton className="m-3.5 h-5" />
  return (
    <li className="grid grid-cols-[minmax(0,1fr)] gap-2.5 border-line border-b px-3.5 py-2.5 last:border-b-0">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <span className="w-[132px]">
          <StatePill {...hostMark(host)} />
        </span>
        <Link href={`/hosts/${host.id}`} className="rounded-sm font-mono text-xs hover:underline">
          {host.name}
        </Link>
        <span className="min-w-0 text-ink-2 wrap-anywhere">
          {host.state === 'ready' ? <Found host={host} /> : withoutName(host.stateMessage, host.name)}
        </span>
      </div>
      {host.stateNext && host.state !== 'key_review' && host.state !== 'ready' ? (
        <p className="text-ink-2">
          <span className="font-medium text-ink">Next: </span>
          {withoutName(host.stateNext, host.name)}
        </p>
      ) : null}
      <KeyReview host={host} />
    </li>
  )
}

function Found({ host }: { host: HostDetail }) {
  return (
    <>
      {host.kernelRelease}, <Bytes value={host.memTotalBytes} /> of memory,{' '}
      {host.convertibleDevices > 0 ? (
        <>
          <b className="font-semibold text-ink">
            <Bytes value={host.convertibleBytes} />
          </b>{' '}
          on {plural(host.convertibleDevices, 'device')} can become RAM
        </>
      ) : (
        `${plural(host.devices.length, 'dax device')}, none to convert`
      )}
    </>
  )
}
