'use client'

import { useQuery } from '@tanstack/react-query'
import Link from 'next/link'
import { Card } from '@/app/_components/card'
import { QueryFault } from '@/app/_components/query-fault'
import { Skeleton } from '@/app/_components/skeleton'
import { Glyph } from '@/app/_components/state-pill'
import { formatCount } from '@/app/_lib/format'
import { againstMost, hostsSay, SETTING_WORDS, settingQuery } from '@/app/_lib/tiering-words'
import { useTRPC } from '@/app/_lib/trpc'
import type { KernelSetting } from '@/server/hosts/kernel-settings'

/** How the fleet is set up for memory of several speeds, and who differs. It advises; nothing is changed from here. */
export function TieringCard() {
  const trpc = useTRPC()
  const comparison = useQuery(trpc.hosts.tiering.queryOptions())
  const { data } = comparison
  if (data?.hosts === 0) return null
  return (
    <Card
      title="Tiering across the fleet"
      meta={
        data ? `${formatCount(data.hosts)} ${data.hosts === 1 ? 'host' : 'hosts'} with memory devices` : null
      }
    >
      {data === undefined ? (
        comparison.error ? (
          <QueryFault error={comparison.error} onRetry={() => void comparison.refetch()} />
        ) : (
          <Skeleton className="m-3.5 h-40" />
        )
      ) : (
        <dl className="divide-y divide-line">
          {data.settings.map(({ setting, values }) => (
            <div
              key={setting}
              className="grid gap-x-4 gap-y-1 px-3.5 py-2.5 sm:grid-cols-[120px_minmax(0,1fr)]"
            >
              <dt className="font-medium">{SETTING_WORDS[setting].title}</dt>
              <dd className="grid gap-1">
                {values.map(({ value, hosts }, index) => (
                  <Value
                    key={value}
                    setting={setting}
                    value={value}
                    hosts={hosts}
                    most={index > 0 ? (values[0]?.value ?? null) : null}
                  />
                ))}
                <p className="text-ink-3 text-xs">{SETTING_WORDS[setting].advice}</p>
              </dd>
            </div>
          ))}
        </dl>
      )}
    </Card>
  )
}

function Value({
  setting,
  value,
  hosts,
  most,
}: {
  setting: KernelSetting
  value: string
  hosts: number
  /** What most hosts have, where these have something else. */
  most: string | null
}) {
  const against = most === null ? null : againstMost(setting, value, most)
  return (
    <p className="flex items-baseline gap-2">
      {most !== null ? <Glyph tone="warn" className="shrink-0" /> : null}
      <Link
        href={{ pathname: '/hosts', query: { q: settingQuery(setting, value) } }}
        className="rounded-sm underline decoration-line-strong underline-offset-4 hover:decoration-accent"
      >
        {hostsSay(setting, value, hosts)}
      </Link>
      {against === null ? null : <span className="text-ink-3 text-xs">{against}</span>}
    </p>
  )
}
