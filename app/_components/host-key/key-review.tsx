'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { notify } from '@/app/_lib/notify'
import { describeFault, type Outputs, useTRPC } from '@/app/_lib/trpc'
import { useOnePress } from '@/app/_lib/use-one-press'
import { ActButton } from '../act-button'
import { Ago } from '../ago'
import { CommandLine } from '../command-line'
import { FaultNote } from '../fault-note'
import { Fingerprint } from '../fingerprint'
import { keysToDecide } from './keys-to-decide'
import { TrustChangedKey } from './trust-changed-key'

type HostDetail = Outputs['hosts']['get']
type HostKeyView = HostDetail['keys'][number]

/** What the host showed, beside what is trusted; nothing happens on the host until a person has compared them. */
export function KeyReview({
  host,
  compact = false,
}: {
  host: Pick<HostDetail, 'id' | 'name' | 'state' | 'keys'>
  compact?: boolean
}) {
  const trpc = useTRPC()
  const queries = useQueryClient()
  const [confirming, setConfirming] = useState<HostKeyView | null>(null)
  const once = useOnePress()
  const review = useMutation(
    trpc.hosts.reviewKey.mutationOptions({
      onSuccess: async (answer) => {
        setConfirming(null)
        if (answer.type === 'refused') notify({ tone: 'fail', message: answer.message, next: answer.next })
        void queries.invalidateQueries({ queryKey: trpc.hosts.pathKey(), refetchType: 'none' })
        // Pressed until the key shows as decided: in between it would be asked about a second time.
        await queries.refetchQueries({ queryKey: trpc.hosts.get.queryKey({ hostId: host.id }) })
      },
      onError: (error) => notify({ tone: 'fail', ...describeFault(error) }),
      onSettled: once.release,
    }),
  )
  const pending = keysToDecide(host)
  const trusted = host.keys.filter((key) => key.status === 'trusted')
  if (pending.length === 0) return null
  const isChange = trusted.length > 0 || host.state === 'key_changed'
  /** Trusting it sets aside what somebody decided before. */
  const isGrave = (key: HostKeyView) => isChange || key.status === 'rejected'
  const decide = (key: HostKeyView, decision: 'trust' | 'reject') =>
    once.press(() =>
      review.mutate({ hostId: host.id, keyId: key.id, decision, fingerprint: key.fingerprint }),
    )

  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-3">
      {isChange ? (
        <FaultNote
          tone="fail"
          live={false}
          message="The host shows another key than the trusted one."
          next="Find out why before trusting it: a reinstalled host does this, and so does someone in between. Until then nothing is sent to it."
        />
      ) : null}
      {!isChange && pending.every((key) => key.status === 'rejected') ? (
        <FaultNote
          tone="warn"
          live={false}
          message="The host shows a key that was rejected. Nothing is sent to it."
          next="Find out who answers at this address. If it is the right host after all, compare the key once more, then trust it."
        />
      ) : null}
      {trusted.map((key) => (
        <KeyLine key={key.id} label="Trusted" hostKey={key} />
      ))}
      {pending.map((key) => (
        <div key={key.id} className="flex flex-wrap items-center gap-x-4 gap-y-2">
          <KeyLine
            label={key.status === 'rejected' ? 'Rejected' : isChange ? 'Shown now' : 'Shown'}
            hostKey={key}
          />
          <div className="ml-auto flex gap-2">
            {key.status === 'rejected' ? null : (
              <ActButton
                does="hosts.reviewKey"
                disabled={review.isPending}
                onClick={() => decide(key, 'reject')}
              >
                Reject
              </ActButton>
            )}
            <ActButton
              does="hosts.reviewKey"
              look={isGrave(key) ? 'danger' : 'primary'}
              disabled={review.isPending}
              onClick={() => (isGrave(key) ? setConfirming(key) : decide(key, 'trust'))}
            >
              {trustWords(key, isChange)}
            </ActButton>
          </div>
        </div>
      ))}
      {compact ? null : (
        <div className="grid gap-1.5 text-ink-2">
          <p>Compare it with what the host says about itself, on its console or over a way you trust:</p>
          <CommandLine
            label="the command that shows the host's fingerprints"
            text="for key in /etc/ssh/ssh_host_*_key.pub; do ssh-keygen -l -f $key; done"
          />
        </div>
      )}
      {confirming ? (
        <TrustChangedKey
          hostName={host.name}
          hostKey={confirming}
          isBusy={review.isPending}
          onTrust={() => decide(confirming, 'trust')}
          onClose={() => setConfirming(null)}
        />
      ) : null}
    </div>
  )
}

function trustWords(key: HostKeyView, isChange: boolean): string {
  if (key.status === 'rejected') return 'Trust it after all…'
  return isChange ? 'Trust the new key…' : 'It is the same: trust it'
}

function KeyLine({ label, hostKey }: { label: string; hostKey: HostKeyView }) {
  return (
    <div className="grid min-w-0 grid-cols-[76px_minmax(0,1fr)] items-baseline gap-x-2">
      <span className="text-ink-3 text-xs">{label}</span>
      <Fingerprint algorithm={hostKey.algorithm} value={hostKey.fingerprint} />
      <span />
      <span className="text-ink-3 text-xs">
        first seen <Ago at={hostKey.firstSeenAt} />
        {hostKey.reviewedBy ? `, reviewed by ${hostKey.reviewedBy}` : ''}
      </span>
    </div>
  )
}
