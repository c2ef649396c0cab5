'use client'

import { useMutation, useQuery } from '@tanstack/react-query'
import dynamic from 'next/dynamic'
import { useEffect, useRef } from 'react'
import { ActButton } from '@/app/_components/act-button'
import { CommandLine } from '@/app/_components/command-line'
import { FaultNote } from '@/app/_components/fault-note'
import { QueryFault } from '@/app/_components/query-fault'
import { Skeleton } from '@/app/_components/skeleton'
import type { AskedShare } from '@/app/_lib/share-text'
import { GLYPHS } from '@/app/_lib/states'
import { describeFault, useTRPC } from '@/app/_lib/trpc'
import { useNow } from '@/app/_lib/use-now'
import type { DeviceView } from '@/server/hosts/schemas/device'
import type { ZoneName } from '@/server/plans/schema'
import type { PartialPolicy } from '@/server/plans/vocabulary'

// Fetched while the host is asked.
const readAnswer = () => import('./answered-plan')
const AnsweredPlan = dynamic(() => readAnswer().then((part) => part.AnsweredPlan), {
  ssr: false,
  loading: () => <Skeleton className="h-96" />,
})

/** An answer may get lost with the live stream: it is looked for again this often until it is there. */
const SAFETY_NET_MS = 3_000
/** Longer than a host in good order takes, first upload of the agent included. */
const SLOW_MS = 40_000

/** What is asked of the host. */
export type Question =
  | { kind: 'convert'; zone: ZoneName }
  | { kind: 'restore'; onPartial: PartialPolicy }
  | { kind: 'persist'; zone: ZoneName }
  | { kind: 'unpersist' }
  | ({ kind: 'online'; zone: ZoneName } & AskedShare)
  | ({ kind: 'offline'; onPartial: PartialPolicy } & AskedShare)

/** Asks the host what it would take as soon as it is known what; asking writes nothing. */
export function PlanSection({
  device,
  question,
  planId,
  onPlan,
  onStarted,
}: {
  device: DeviceView
  question: Question
  planId: string | null
  onPlan: (planId: string | null) => void
  onStarted: (jobId: string) => void
}) {
  const trpc = useTRPC()
  const hasAsked = useRef(false)
  const request = useMutation(
    trpc.plans.request.mutationOptions({
      onSuccess: (answer) => {
        if (answer.type === 'requested') onPlan(answer.planId)
      },
    }),
  )
  const plan = useQuery(
    trpc.plans.get.queryOptions(
      { planId: planId ?? '' },
      {
        enabled: planId !== null,
        refetchInterval: ({ state }) => (state.data?.state === 'requested' ? SAFETY_NET_MS : false),
      },
    ),
  )
  const { mutate } = request
  useEffect(() => {
    readAnswer().catch(() => {})
  }, [])
  useEffect(() => {
    if (planId !== null || hasAsked.current) return
    hasAsked.current = true
    mutate({ deviceId: device.id, ...question })
    // The page makes this anew for another question.
  }, [planId, device.id, question, mutate])

  const askAgain = () => {
    onPlan(null)
    request.mutate({ deviceId: device.id, ...question })
  }
  const again = (
    <ActButton does="plans.request" onClick={askAgain}>
      Ask the host again
    </ActButton>
  )
  const refusal =
    request.data?.type === 'refused' ? request.data : request.error ? describeFault(request.error) : null

  if (refusal && planId === null) {
    return (
      <FaultNote message={refusal.message} next={refusal.next}>
        {again}
      </FaultNote>
    )
  }
  if (plan.error) return <QueryFault error={plan.error} onRetry={askAgain} />
  if (!plan.data || plan.data.state === 'requested')
    return (
      <Asking what={ASKED[question.kind]} daxName={device.daxName} since={plan.data?.createdAt ?? null} />
    )
  if (plan.data.state === 'failed') {
    return (
      <FaultNote message={plan.data.errorMessage} next={plan.data.errorNext}>
        {again}
      </FaultNote>
    )
  }
  return <AnsweredPlan {...{ plan: plan.data, device, onStarted }} onAgain={askAgain} />
}

const ASKED = {
  convert: 'converting',
  restore: 'giving back',
  online: 'bringing online part of',
  offline: 'giving back part of',
  persist: 'keeping over reboots',
  unpersist: 'no longer keeping',
} as const

function Asking({ what, daxName, since }: { what: string; daxName: string; since: Date | null }) {
  const now = useNow()
  if (since !== null && now.getTime() - since.getTime() > SLOW_MS) {
    return (
      <FaultNote
        tone="wait"
        message="The host has not answered yet. Nothing is written."
        next="Wait: a host that cannot be reached is given up by itself. If not even that comes, no worker is running; start Daxfleet on its server:"
      >
        <div className="w-full max-w-[340px]">
          <CommandLine label="the command that starts Daxfleet" text="npm start" />
        </div>
      </FaultNote>
    )
  }
  return (
    <p
      role="status"
      className="flex items-center gap-2 rounded-lg border border-line bg-surface px-3.5 py-6 text-ink-2"
    >
      <span aria-hidden="true" className="animate-pulse text-run">
        {GLYPHS.run}
      </span>
      <span>
        Asking the host what {what} <span className="font-mono text-xs">{daxName}</span> would take. Nothing
        is written.
      </span>
    </p>
  )
}
