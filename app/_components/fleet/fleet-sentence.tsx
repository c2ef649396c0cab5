import Link from 'next/link'
import type { ReactNode } from 'react'
import { formatBytes, plural } from '@/app/_lib/format'
import { ATTENTION_STANDINGS } from '@/app/_lib/states'
import type { Outputs } from '@/app/_lib/trpc'

type Summary = Outputs['hosts']['summary']

/** One sentence that is true now; every count leads to the list behind it. */
export function FleetSentence({ summary }: { summary: Summary }) {
  if (summary.hosts === 0) return <>No host has been added yet.</>
  const ram = summary.pmemOnlineBytes + summary.cxlOnlineBytes + summary.hmemOnlineBytes
  const attention = ATTENTION_STANDINGS.reduce(
    (sum, standing) => sum + (summary.hostsByStanding[standing] ?? 0),
    0,
  )
  return (
    <>
      <Count href="/hosts">{plural(summary.hosts, 'host')}</Count>
      {ram > 0n ? (
        <>
          , with <b className="font-semibold text-ink">{formatBytes(ram)}</b> of device memory as system RAM
        </>
      ) : (
        <>, no device memory turned into RAM yet</>
      )}
      ;{' '}
      {summary.convertibleDevices > 0 ? (
        <>
          <Count href="/hosts?q=device:convertible">{formatBytes(summary.convertibleBytes)}</Count> on{' '}
          {plural(summary.convertibleDevices, 'device')} can still become RAM
        </>
      ) : (
        <>nothing is left to convert</>
      )}
      {summary.runningJobs > 0 ? (
        <>
          ; <Count href="/runs">{plural(summary.runningJobs, 'run')} running</Count>
        </>
      ) : null}
      {attention > 0 ? (
        <>
          ;{' '}
          <Count href={`/hosts?q=state:${ATTENTION_STANDINGS.join(',')}`}>
            {attention} {attention === 1 ? 'needs' : 'need'} attention
          </Count>
        </>
      ) : null}
      {summary.unservedPools.map(({ selector, hosts }) => (
        <span key={selector}>
          ; no worker serves{' '}
          <Count href={`/hosts?q=${encodeURIComponent(selector)}`}>{plural(hosts, 'host')}</Count>
          {selector === '' ? ' that no pool names' : ` of ${selector}`}
        </span>
      ))}
      .
    </>
  )
}

function Count({ href, children }: { href: string; children: ReactNode }) {
  return (
    <Link
      href={{ pathname: href.split('?')[0] ?? href, search: href.split('?')[1] ?? '' }}
      className="rounded-sm font-semibold text-ink underline decoration-line-strong underline-offset-4 hover:decoration-accent"
    >
      {children}
    </Link>
  )
}
