'use client'

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import dynamic from 'next/dynamic'
import { useState } from 'react'
import { Button, ButtonLink } from '@/app/_components/button'
import { FaultNote } from '@/app/_components/fault-note'
import { PageTitle } from '@/app/_components/page-title'
import { QueryFault } from '@/app/_components/query-fault'
import { Skeleton } from '@/app/_components/skeleton'
import { plural } from '@/app/_lib/format'
import { notify } from '@/app/_lib/notify'
import { describeFault, useTRPC, useTRPCClient } from '@/app/_lib/trpc'
import { useDebounced } from '@/app/_lib/use-debounced'
import { useOnePress } from '@/app/_lib/use-one-press'
import { useRevision } from '@/app/_lib/use-revision'
import type { PendingKeys } from '@/server/host-keys/schema'
import { KnownHostsCard } from './known-hosts-card'
import { TrustMatching } from './trust-matching'

// The list can be long, and what makes it scroll is large: the page stands before it.
const loading = () => <Skeleton className="h-60" />
const PendingKeysCard = dynamic(() => import('./pending-keys-card').then((part) => part.PendingKeysCard), {
  ssr: false,
  loading,
})

type Read = Extract<PendingKeys, { type: 'read' }>

/** Every key that waits for a person, beside what a known_hosts file says of it. */
export function ReviewKeys() {
  const trpc = useTRPC()
  const client = useTRPCClient()
  const queries = useQueryClient()
  const [text, setText] = useState('')
  const [isConfirming, setIsConfirming] = useState(false)
  const file = useDebounced(text, 250)
  const pending = useQuery({
    queryKey: [...trpc.hosts.pathKey(), 'pending-keys', useRevision(file)],
    queryFn: async ({ signal }) => {
      const knownHosts = file.trim() === '' ? null : file
      return { knownHosts, answer: await client.hostKeys.pending.mutate({ knownHosts }, { signal }) }
    },
    gcTime: 0,
    retry: false,
  })
  const once = useOnePress()
  const trust = useMutation(
    trpc.hostKeys.trustMatching.mutationOptions({
      onSuccess: async (answer) => {
        setIsConfirming(false)
        if (answer.type === 'refused') notify({ tone: 'fail', message: answer.message, next: answer.next })
        else
          notify({
            tone: 'ok',
            message: `${plural(answer.hosts, 'key')} trusted; their hosts are being probed.`,
          })
        await queries.invalidateQueries({ queryKey: trpc.hosts.pathKey() })
      },
      onError: (error) => notify({ tone: 'fail', ...describeFault(error) }),
      onSettled: once.release,
    }),
  )
  if (pending.error && !pending.data)
    return <QueryFault error={pending.error} onRetry={() => void pending.refetch()} />
  const answer = pending.data?.answer
  const read = answer?.type === 'read' ? answer : null
  const knownHosts = pending.data?.knownHosts ?? null
  const isSettled = file === text && !pending.isFetching
  return (
    <>
      <PageTitle
        title="Review host keys"
        sentence={read ? sentenceOf(read) : <>&nbsp;</>}
        actions={<ButtonLink href="/hosts">Back to hosts</ButtonLink>}
      />
      <KnownHostsCard text={text} onText={setText} read={read} />
      {answer?.type === 'refused' ? <FaultNote message={answer.message} next={answer.next} /> : null}
      {answer === undefined ? <Skeleton className="h-60" /> : null}
      {read ? <PendingKeysCard keys={read.keys} isCompared={knownHosts !== null} /> : null}
      {read && read.keys.length > 0 ? (
        <div className="flex flex-wrap items-center gap-3">
          <Button
            look="primary"
            blocked={blockedBecause(read, knownHosts, isSettled)}
            disabled={trust.isPending}
            onClick={() => setIsConfirming(true)}
          >
            Trust {plural(read.trustable, 'matching key')}…
          </Button>
          <span className="text-ink-3 text-xs">
            {blockedBecause(read, knownHosts, isSettled) ??
              'A changed key, and one that does not match, is decided on its host’s own page.'}
          </span>
        </div>
      ) : null}
      {isConfirming && read && knownHosts !== null ? (
        <TrustMatching
          count={read.trustable}
          isBusy={trust.isPending}
          onTrust={() => once.press(() => trust.mutate({ knownHosts, digest: read.digest }))}
          onClose={() => setIsConfirming(false)}
        />
      ) : null}
    </>
  )
}

function sentenceOf({ keys }: Read): string {
  if (keys.length === 0) return 'No key waits to be compared.'
  return `${plural(keys.length, 'key')} ${keys.length === 1 ? 'waits' : 'wait'} to be compared. Until then nothing is sent to ${keys.length === 1 ? 'its host' : 'their hosts'}.`
}

function blockedBecause(read: Read, knownHosts: string | null, isSettled: boolean): string | null {
  if (!isSettled) return 'Comparing…'
  if (knownHosts === null) return 'Give a known_hosts file to compare with first.'
  return read.trustable === 0 ? 'No first key matches the file.' : null
}
