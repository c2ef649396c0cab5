'use client'

import { useQueries } from '@tanstack/react-query'
import Link from 'next/link'
import { Button, ButtonLink } from '@/app/_components/button'
import { Card } from '@/app/_components/card'
import { PageTitle } from '@/app/_components/page-title'
import { plural } from '@/app/_lib/format'
import { useTRPC } from '@/app/_lib/trpc'
import { AddedHostRow } from './added-host-row'

const SHOWN = 50

/** Live: each host as it is contacted, with its key to compare right there. */
export function AddedHosts({ hostIds, onMore }: { hostIds: readonly string[]; onMore: () => void }) {
  const trpc = useTRPC()
  const queries = useQueries({
    queries: hostIds.slice(0, SHOWN).map((hostId) => trpc.hosts.get.queryOptions({ hostId })),
  })
  const hosts = queries.flatMap((query) => query.data ?? [])
  const ready = hosts.filter((host) => host.state === 'ready').length
  const toReview = hosts.filter((host) => host.state === 'key_review').length
  return (
    <>
      <PageTitle
        title="Added"
        sentence={
          <>
            <b className="font-semibold text-ink">
              {ready} of {plural(Math.min(hostIds.length, SHOWN), 'host')}
            </b>{' '}
            answered and could be read
            {toReview > 0
              ? `; ${toReview === 1 ? 'one key waits' : `${toReview} keys wait`} to be compared`
              : ''}
            .
          </>
        }
        actions={
          <>
            <Button onClick={onMore}>Add more</Button>
            <ButtonLink href="/hosts" look="primary">
              To the hosts
            </ButtonLink>
          </>
        }
      />
      <Card title="First contact" meta="nothing was written to any of them">
        <ul>
          {hostIds.slice(0, SHOWN).map((hostId) => (
            <AddedHostRow key={hostId} hostId={hostId} />
          ))}
        </ul>
        {hostIds.length > SHOWN ? (
          <p className="px-3.5 py-2 text-ink-3 text-xs">
            {plural(hostIds.length - SHOWN, 'more host')}. Their keys can be{' '}
            <Link href="/hosts/keys" className="underline">
              compared with a known_hosts file
            </Link>
            , all at once.
          </p>
        ) : null}
      </Card>
    </>
  )
}
