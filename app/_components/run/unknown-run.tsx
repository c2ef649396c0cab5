'use client'

import { useMutation } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { kindVerb } from '@/app/_lib/kind-words'
import { describeFault, useTRPC } from '@/app/_lib/trpc'
import { endsByItself, knownSoFar } from '@/app/_lib/unknown-words'
import { useFocusHandover } from '@/app/_lib/use-focus-handover'
import { useNow } from '@/app/_lib/use-now'
import { useOnePress } from '@/app/_lib/use-one-press'
import type { JobDetail } from '@/server/jobs/schema'
import { ActButton } from '../act-button'
import { Ago, Lasting } from '../ago'
import { FaultNote } from '../fault-note'
import { MarkLost } from './mark-lost'

/** A run whose outcome nobody knows: what is known, since when, until when, and the two things one can do about it. */
export function UnknownRun({ job, children }: { job: JobDetail; children?: ReactNode }) {
  const trpc = useTRPC()
  const once = useOnePress()
  const ref = useFocusHandover<HTMLDivElement>()
  const [pressed, setPressed] = useState<{ at: Date; askedBefore: number | undefined } | null>(null)
  const [isGivingUp, setIsGivingUp] = useState(false)
  const ask = useMutation(
    trpc.jobs.recover.mutationOptions({
      onSuccess: () => setPressed({ at: new Date(), askedBefore: job.askedAt?.getTime() }),
      onSettled: once.release,
    }),
  )
  const what = `${kindVerb(job.kind)} ${job.daxName} on ${job.hostName}`
  const fault = ask.error ? describeFault(ask.error) : ask.data?.type === 'refused' ? ask.data : null
  // A later answer than the press had in sight: the host was asked since, in vain.
  const hasEnded = pressed !== null && job.askedAt?.getTime() !== pressed.askedBefore
  const said = hasEnded
    ? 'It was asked, and its outcome is still not known: see above why.'
    : ask.data?.message
  return (
    <div ref={ref}>
      <p role="alert" className="sr-only">
        The outcome of {what} is not known.
      </p>
      <FaultNote
        tone="lost"
        live={false}
        message={`The outcome of ${what} is not known.`}
        detail={
          <>
            <LastAsked job={job} />
            <p>{knownSoFar(job)}</p>
            <p>
              Not known for <Lasting since={job.unknownSince ?? job.createdAt} />. <End job={job} /> Until it
              is settled the host is in quarantine, which cannot be lifted before.
            </p>
          </>
        }
        next={job.next || 'Wait: Daxfleet keeps asking the host for its journal.'}
      >
        <ActButton
          does="jobs.recover"
          // Not disabled: that would take the focus from whoever pressed it.
          blocked={ask.isPending ? 'The host is being asked already.' : null}
          onClick={() => once.press(() => ask.mutate({ jobId: job.id }))}
          title="Reads the host’s journal; what is half-done is taken up"
        >
          {ask.isPending ? 'Asking…' : 'Ask the host now'}
        </ActButton>
        <ActButton does="jobs.markLost" look="danger" onClick={() => setIsGivingUp(true)}>
          Mark lost…
        </ActButton>
        {children}
        <p className="w-full text-ink-2 text-xs">
          {pressed === null || fault !== null ? null : (
            <>
              Asked <Ago at={pressed.at} />.{' '}
            </>
          )}
          <span aria-live="polite">
            {fault ? `${fault.message} ${fault.next}` : pressed === null ? '' : said}
          </span>
        </p>
      </FaultNote>
      {isGivingUp ? <MarkLost job={job} onClose={() => setIsGivingUp(false)} /> : null}
    </div>
  )
}

/** When the host was last asked in vain, and how that ended. */
function LastAsked({ job: { askedAt, message } }: { job: Pick<JobDetail, 'askedAt' | 'message'> }) {
  if (askedAt === null) return <p>{message}</p>
  return (
    <p>
      Last asked <Ago at={askedAt} />, in vain. {message}
    </p>
  )
}

function End({ job }: { job: Pick<JobDetail, 'endsLostAt'> }) {
  const now = useNow()
  return <>{endsByItself(job, now)}</>
}
