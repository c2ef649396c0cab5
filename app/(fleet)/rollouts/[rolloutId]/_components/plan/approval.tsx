'use client'

import { useMutation, useQuery } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { ActButton } from '@/app/_components/act-button'
import { SecondPerson } from '@/app/_components/approvals/second-person'
import { Bytes } from '@/app/_components/bytes'
import { Card, CardBody } from '@/app/_components/card'
import { FaultNote } from '@/app/_components/fault-note'
import { PhraseField } from '@/app/_components/phrase-field'
import { plural } from '@/app/_lib/format'
import { waveName } from '@/app/_lib/rollout-words'
import { describeFault, useTRPC } from '@/app/_lib/trpc'
import { useFocusHandover } from '@/app/_lib/use-focus-handover'
import { useOnePress } from '@/app/_lib/use-one-press'
import { takesAway } from '@/server/plans/vocabulary'
import type { RolloutDetail } from '@/server/rollouts/schema'
import type { RolloutPlanView } from '@/server/rollouts/views/plan-schema'

interface Props {
  rollout: RolloutDetail
  plan: RolloutPlanView
}

/** The approval of what stands above: by whoever looks, or where a rule says so by two people. */
export function Approval({ rollout, plan }: Props) {
  const { id: rolloutId, digest, phrase } = rollout
  if (digest === null) return null
  return (
    <SecondPerson
      {...{ subject: { rolloutId }, digest, phrase }}
      consequence={<Consequence rollout={rollout} plan={plan} />}
      alone={<ApproveAlone rollout={rollout} plan={plan} />}
    />
  )
}

/** Names action, scope and consequence, then asks for the phrase. Covers the digest that stands here, nothing else. */
function ApproveAlone({ rollout, plan }: Props) {
  const trpc = useTRPC()
  const [matches, setMatches] = useState(false)
  const isStopped = useQuery(trpc.fleet.stop.queryOptions()).data?.pulled === true
  const once = useOnePress()
  const vanishing = useFocusHandover<HTMLFormElement>()
  const approve = useMutation(
    trpc.rollouts.approve.mutationOptions({
      onSettled: (_answer, _error, _input, _result, { client }) => {
        once.release()
        return client.invalidateQueries({ queryKey: trpc.rollouts.pathKey() })
      },
    }),
  )
  const { digest, phrase } = rollout
  if (digest === null) return null
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (matches) once.press(() => approve.mutate({ rolloutId: rollout.id, digest, phrase }))
  }
  const refusal =
    approve.data?.type === 'refused' ? approve.data : approve.error ? describeFault(approve.error) : null
  return (
    <Card title="Approve">
      <CardBody>
        <form id="approval" ref={vanishing} onSubmit={submit} className="grid gap-3.5">
          <p className="max-w-[80ch] text-ink-2">
            <Consequence rollout={rollout} plan={plan} />
          </p>
          <p className="text-ink-3 text-xs">
            Your approval covers targets, identities, waves and policy as they stand here, digest{' '}
            <span className="font-mono break-all text-ink-2">{digest}</span>. A device that differs when its
            turn comes is left alone and named.
          </p>
          <div className="max-w-[460px]">
            <PhraseField phrase={phrase} onMatch={setMatches} />
          </div>
          {refusal ? <FaultNote message={refusal.message} next={refusal.next} /> : null}
          <div className="flex flex-wrap items-center gap-3">
            <ActButton
              does="rollouts.approve"
              type="submit"
              look="primary"
              disabled={approve.isPending}
              blocked={matches ? null : 'Type the phrase first.'}
            >
              {approve.isPending ? 'Approving…' : 'Approve and begin'}
            </ActButton>
            <span aria-live="polite" className="text-ink-2 text-xs">
              {isStopped
                ? 'The fleet-wide stop is pulled: approved, it begins once the stop is released.'
                : ''}
            </span>
          </div>
        </form>
      </CardBody>
    </Card>
  )
}

function Consequence({ rollout, plan }: Props) {
  const [first] = plan.waves
  return (
    <>
      {takesAway(rollout.kind) ? (
        <>
          <b className="font-semibold text-ink">
            <Bytes value={-plan.gainBytes} />
          </b>{' '}
          of RAM leave these hosts: blocks go offline, what is in them moves to other memory, and the devices{' '}
          {rollout.kind === 'offline' ? 'stay with kmem.' : 'go back to device_dax.'}
        </>
      ) : rollout.kind === 'online' ? (
        <>
          <b className="font-semibold text-ink">
            <Bytes value={plan.gainBytes} />
          </b>{' '}
          of what lies offline on kmem become RAM again.
        </>
      ) : (
        <>
          What is stored on these devices is overwritten and cannot be read back: their memory becomes{' '}
          <b className="font-semibold text-ink">
            <Bytes value={plan.gainBytes} />
          </b>{' '}
          of RAM.
        </>
      )}{' '}
      {first
        ? `${waveName(first.wave, rollout.policy)} begins at once with ${plural(first.hosts, 'host')}${rollout.policy.startWindow === null ? '' : ', when the start window is open'}; `
        : ''}
      you can pause, stop or abort it at any time. Devices that are not in the list stay untouched, and none
      joins it later.
    </>
  )
}
