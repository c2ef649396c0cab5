'use client'

import { useMutation, useQuery } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { ActButton } from '@/app/_components/act-button'
import { SecondPerson } from '@/app/_components/approvals/second-person'
import { Bytes } from '@/app/_components/bytes'
import { Card, CardBody } from '@/app/_components/card'
import { FaultNote } from '@/app/_components/fault-note'
import { PhraseField } from '@/app/_components/phrase-field'
import { formatBytes } from '@/app/_lib/format'
import { KIND_WORDS } from '@/app/_lib/kind-words'
import { blockSpans } from '@/app/_lib/share-text'
import { describeFault, useTRPC } from '@/app/_lib/trpc'
import { useOnePress } from '@/app/_lib/use-one-press'
import type { PlanView } from '@/server/plans/schema'

interface Props {
  plan: PlanView
  onStarted: (jobId: string) => void
}

/** The approval of what stands above: by whoever looks, or where a rule says so by two people. */
export function ConfirmPlan({ plan, onStarted }: Props) {
  const { id: planId, digest, phrase } = plan
  if (digest === null) return null
  return (
    <SecondPerson
      {...{ subject: { planId }, digest, phrase }}
      consequence={<Consequence plan={plan} />}
      onApproved={(jobId) => (jobId === null ? undefined : onStarted(jobId))}
      alone={<ConfirmAlone plan={plan} onStarted={onStarted} />}
    />
  )
}

/** Names action, scope and consequence, then asks for the phrase. */
function ConfirmAlone({ plan, onStarted }: Props) {
  const trpc = useTRPC()
  const [matches, setMatches] = useState(false)
  const isStopped = useQuery(trpc.fleet.stop.queryOptions()).data?.pulled === true
  const blocked = isStopped
    ? 'The fleet-wide stop is pulled: release it first.'
    : matches
      ? null
      : 'Type the phrase first.'
  const once = useOnePress()
  const start = useMutation(
    trpc.jobs.start.mutationOptions({
      onSuccess: (answer) => {
        if (answer.type === 'started') onStarted(answer.jobId)
        else once.release()
      },
      onError: once.release,
    }),
  )
  const { digest } = plan
  if (digest === null) return null
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (blocked === null) once.press(() => start.mutate({ planId: plan.id, digest, phrase: plan.phrase }))
  }
  const refusal =
    start.data?.type === 'refused' ? start.data : start.error ? describeFault(start.error) : null
  return (
    <Card title={verbOf(plan)}>
      <CardBody>
        <form onSubmit={submit} className="grid gap-3.5">
          <p className="max-w-[75ch] text-ink-2">
            <Consequence plan={plan} />
          </p>
          <div className="max-w-[460px]">
            <PhraseField phrase={plan.phrase} onMatch={setMatches} />
          </div>
          {refusal ? <FaultNote message={refusal.message} next={refusal.next} /> : null}
          <div className="flex flex-wrap items-center gap-3">
            <ActButton
              does="jobs.start"
              type="submit"
              look="primary"
              disabled={start.isPending}
              blocked={blocked}
            >
              {start.isPending
                ? 'Starting…'
                : onlinesOnly(plan)
                  ? `Bring ${plan.daxName} online`
                  : plan.share !== null
                    ? `${verbOf(plan)} ${formatBytes(plan.share.bytes)} of ${plan.daxName}`
                    : `${verbOf(plan)} ${plan.daxName}`}
            </ActButton>
            <span aria-live="polite" className="text-ink-2 text-xs">
              {isStopped ? blocked : ''}
            </span>
          </div>
        </form>
      </CardBody>
    </Card>
  )
}

function Consequence({ plan }: { plan: PlanView }) {
  const name = <span className="font-mono text-ink text-xs">{plan.daxName}</span>
  const gain = (
    <b className="font-semibold text-ink">
      <Bytes value={plan.gainBytes} />
    </b>
  )
  if (plan.share !== null) {
    return plan.restore !== null ? (
      <>
        <b className="font-semibold text-ink">
          <Bytes value={plan.restore.lossBytes} />
        </b>{' '}
        of RAM leave this one host: {blockSpans(plan.share.blocks)} of {name} go offline, and what is in them
        moves to other memory. kmem keeps the device, and its other blocks stay as they are.
      </>
    ) : (
      <>
        {blockSpans(plan.share.blocks)} of {name} become {gain} of RAM on this one host. Its other blocks and
        devices stay as they are.
      </>
    )
  }
  if (plan.restore !== null) {
    return (
      <>
        <b className="font-semibold text-ink">
          <Bytes value={plan.restore.lossBytes} />
        </b>{' '}
        of RAM leave this one host: the blocks of {name} go offline, what is in them moves to other memory,
        and the device goes back to device_dax. Programs that bound themselves to its node lose that memory.
        The device has no data of its own then, and what programs kept in that memory may stay readable on it.
      </>
    )
  }
  if (plan.kind === 'persist') {
    return (
      <>
        From its next reboot on this one host converts {name} by itself, as it starts, before anybody asks
        Daxfleet and whatever the fleet-wide stop says. A device that is not exactly this one is left alone.
        Nothing changes now.
      </>
    )
  }
  if (plan.kind === 'unpersist') {
    return (
      <>
        From its next reboot on {name} stays on device_dax, and this one host has so much less memory. What is
        RAM now stays so until then.
      </>
    )
  }
  if (onlinesOnly(plan)) {
    return (
      <>
        The blocks of {name} that are offline become {gain} of RAM on this one host. What is in use of it
        already, and its other devices, stay untouched.
      </>
    )
  }
  return (
    <>
      What is stored on {name} is overwritten and cannot be read back: its memory becomes {gain} of RAM on
      this one host. Its other devices stay untouched.
    </>
  )
}

function verbOf(plan: PlanView): string {
  return onlinesOnly(plan) ? 'Bring online' : KIND_WORDS[plan.kind].verb
}

/** The device is system RAM already, some blocks of it offline: nothing that was stored there is left to lose. */
function onlinesOnly({ kind, writes }: PlanView): boolean {
  return kind === 'convert' && writes.length > 0 && writes.every(({ step }) => step === 'online')
}
