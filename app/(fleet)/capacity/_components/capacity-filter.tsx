'use client'

import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Filter } from 'lucide-react'
import Link from 'next/link'
import { useMemo } from 'react'
import { labelKeys } from '@/app/_components/host-map/group-hosts'
import { GroupPicker } from '@/app/_components/host-map/group-picker'
import { plural } from '@/app/_lib/format'
import { useTRPC } from '@/app/_lib/trpc'

/** Which hosts are told of, in the language of the hosts list, and by which label they are split. */
export function CapacityFilter({
  text,
  filter,
  group,
  fault,
  matching,
  onText,
  onGroup,
}: {
  text: string
  filter: string
  group: string | null
  /** Why the filter cannot be read. */
  fault: string | null
  /** Hosts it matches; null while that is not known. */
  matching: number | null
  onText: (text: string) => void
  onGroup: (label: string | null) => void
}) {
  const trpc = useTRPC()
  const { data: map } = useQuery(
    trpc.capacity.map.queryOptions(
      { filter },
      { enabled: matching !== null, placeholderData: keepPreviousData },
    ),
  )
  const keys = useMemo(() => (map ? labelKeys(map) : []), [map])
  return (
    <div className="grid gap-1.5">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <div className="relative min-w-0 flex-1 basis-72">
          <Filter size={13} aria-hidden="true" className="absolute top-[9px] left-2.5 text-ink-3" />
          <input
            value={text}
            onChange={(event) => onText(event.target.value)}
            aria-label="Hosts to tell of"
            aria-invalid={fault !== null}
            aria-describedby="capacity-fault"
            spellCheck={false}
            placeholder="all hosts; or label:rack=r12, kind:pmem, state!=converted"
            className="h-[30px] w-full rounded-md border border-line-strong bg-raised pr-3 pl-8 font-mono text-xs aria-invalid:border-fail"
          />
        </div>
        <GroupPicker keys={keys} value={group} onValue={onGroup} />
        <Link
          href={{ pathname: '/hosts', query: filter === '' ? {} : { q: filter } }}
          className="rounded-sm text-xs underline decoration-line-strong underline-offset-4"
        >
          {matching === null ? 'Hosts' : plural(matching, 'host')}
        </Link>
      </div>
      <p id="capacity-fault" role="alert" className="text-fail text-xs empty:hidden">
        {fault}
      </p>
    </div>
  )
}
