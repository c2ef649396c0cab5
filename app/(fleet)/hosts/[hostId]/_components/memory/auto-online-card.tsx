'use client'

import { useQuery } from '@tanstack/react-query'
import dynamic from 'next/dynamic'
import { useState } from 'react'
import type { AutoOnlinePolicy } from '@/agents/protocol'
import { ActButton } from '@/app/_components/act-button'
import { Ago } from '@/app/_components/ago'
import { Card, CardBody } from '@/app/_components/card'
import { FaultNote } from '@/app/_components/fault-note'
import { QueryFault } from '@/app/_components/query-fault'
import { changeWords } from '@/app/_lib/auto-online-words'
import { useTRPC } from '@/app/_lib/trpc'
import type { HostDetail } from '@/server/hosts/schemas/detail'
import type { PolicyView } from '@/server/kernel-policy/schema'

const ChangePolicy = dynamic(() => import('./change-policy').then((part) => part.ChangePolicy), {
  ssr: false,
})

/** Who onlines new memory on this host: the kernel's own policy, which may be changed here, and everybody else. */
export function AutoOnlineCard({ host }: { host: HostDetail }) {
  const trpc = useTRPC()
  const policy = useQuery(trpc.kernelPolicy.host.queryOptions({ hostId: host.id }))
  const [to, setTo] = useState<AutoOnlinePolicy | 'choose' | null>(null)
  const latest = policy.data?.latest ?? null
  const blocked =
    host.state !== 'ready'
      ? 'The host cannot be told now.'
      : host.activeJobId !== null
        ? 'A run is at work on this host.'
        : latest?.state === 'requested'
          ? 'A change is on its way.'
          : null
  return (
    <Card title="Who onlines memory" meta="new memory blocks, on this host">
      <CardBody className="grid gap-3">
        {policy.error ? <QueryFault error={policy.error} onRetry={() => void policy.refetch()} /> : null}
        <dl className="grid grid-cols-[110px_minmax(0,1fr)] gap-y-1.5 text-ink-2">
          <dt className="text-ink-3 text-xs">Kernel policy</dt>
          <dd>
            <code className="font-mono text-ink text-xs">{host.autoOnlinePolicy ?? 'unknown'}</code>
          </dd>
          <dt className="text-ink-3 text-xs">Boot parameter</dt>
          <dd>
            {host.bootParameter ? <code className="font-mono text-xs">{host.bootParameter}</code> : 'none'}
          </dd>
          {host.udevRules.length === 0 ? (
            <>
              <dt className="text-ink-3 text-xs">udev rules</dt>
              <dd>none found</dd>
            </>
          ) : null}
          {host.udevRules.map((rule) => (
            <div key={`${rule.file}-${rule.line}`} className="contents">
              <dt className="text-ink-3 text-xs">udev rule</dt>
              <dd className="font-mono text-xs break-all">
                {rule.file}: {rule.line}
                <span className="block font-sans text-ink-2">{ruleWords(rule)}</span>
              </dd>
            </div>
          ))}
        </dl>
        {latest === null ? null : <LatestChange change={latest} />}
        {policy.data && isChangeable(policy.data) ? (
          <div className="flex flex-wrap gap-2">
            <ActButton does="kernelPolicy.change" blocked={blocked} onClick={() => setTo('choose')}>
              Change policy…
            </ActButton>
            {policy.data.putBackTo === null ? null : (
              <ActButton
                does="kernelPolicy.change"
                blocked={blocked}
                onClick={() => setTo(policy.data.putBackTo)}
              >
                Put back to {policy.data.putBackTo}…
              </ActButton>
            )}
          </div>
        ) : null}
      </CardBody>
      {to !== null && policy.data ? (
        <ChangePolicy
          host={host}
          view={policy.data}
          proposed={to === 'choose' ? null : to}
          onClose={() => setTo(null)}
        />
      ) : null}
    </Card>
  )
}

function isChangeable({ policy, bootId }: PolicyView): boolean {
  return bootId !== null && policy !== null && policy !== 'unknown'
}

function LatestChange({ change }: { change: NonNullable<PolicyView['latest']> }) {
  const words = (
    <>
      It {changeWords(change)} by {change.requestedBy}, <Ago at={change.endedAt ?? change.createdAt} />.
    </>
  )
  if (change.isOfEarlierBoot)
    return <p className="text-ink-3 text-xs">{words} The host has restarted since: that is over.</p>
  if (change.state === 'requested' || change.state === 'done')
    return (
      <p className="text-ink-2" aria-live="polite">
        {words} {change.message}
      </p>
    )
  return (
    <FaultNote
      tone="warn"
      message={
        <>
          {words} {change.message}
        </>
      }
      next={change.next}
    />
  )
}

/** What a udev rule does to a block that appears on this host. */
function ruleWords({ writes, acts }: HostDetail['udevRules'][number]): string {
  if (acts === 'no') return 'Its conditions do not hold on this host: it does nothing here.'
  const does =
    writes === null ? 'runs a program on new memory blocks' : `writes ${writes} to new memory blocks`
  return acts === 'yes' ? `It ${does}.` : `It ${does}, if a condition holds that the agent cannot judge.`
}
