'use client'

import { useMutation, useQuery } from '@tanstack/react-query'
import { ActButton } from '@/app/_components/act-button'
import { Ago } from '@/app/_components/ago'
import { Card, CardBody } from '@/app/_components/card'
import { QueryFault } from '@/app/_components/query-fault'
import { Glyph } from '@/app/_components/state-pill'
import { saveFile } from '@/app/_lib/csv'
import { formatCount, plural } from '@/app/_lib/format'
import { notify } from '@/app/_lib/notify'
import { useTRPC } from '@/app/_lib/trpc'
import { type Finding, findingWords, type Verification } from '@/server/audit/vocabulary'

/** Whether the log is as it was written, computed when asked; and a checkpoint to take away. */
export function AuditCheck() {
  const trpc = useTRPC()
  const check = useQuery(trpc.audit.verify.queryOptions(undefined, { enabled: false, retry: false }))
  const checkpoint = useMutation(
    trpc.audit.takeCheckpoint.mutationOptions({
      onSuccess: ({ checkpoint: taken }) =>
        saveFile(`daxfleet-audit-${taken.body.at}.json`, JSON.stringify(taken), 'application/json'),
      onError: (error) => notify({ tone: 'fail', message: error.message }),
    }),
  )
  return (
    <Card
      title="Is it as it was written?"
      aside={
        <>
          <ActButton
            does="audit.takeCheckpoint"
            look="quiet"
            disabled={checkpoint.isPending}
            onClick={() => checkpoint.mutate()}
            title="Where the log ends now, signed. Kept on another machine it finds whatever is removed later."
          >
            Download checkpoint
          </ActButton>
          <ActButton does="audit.verify" disabled={check.isFetching} onClick={() => void check.refetch()}>
            {check.isFetching ? 'Verifying…' : 'Verify now'}
          </ActButton>
        </>
      }
    >
      <CardBody>
        <div aria-live="polite">
          {check.error ? (
            <QueryFault error={check.error} onRetry={() => void check.refetch()} />
          ) : check.data ? (
            <Answer found={check.data} />
          ) : (
            <p className="text-ink-2">
              Every entry carries a code over itself and the one before it, made with a key that is not in the
              database. Verifying computes all of them again.
            </p>
          )}
        </div>
      </CardBody>
    </Card>
  )
}

function Answer({ found }: { found: Verification }) {
  const { entries, findings, findingCount, began, newestCheckpointAt, checkpoints } = found
  const isWhole = findingCount === 0
  return (
    <>
      <p className="flex items-center gap-2 font-medium">
        <Glyph tone={isWhole ? 'ok' : 'fail'} />
        {isWhole
          ? `All ${formatCount(entries)} entries are as they were written; none is missing.`
          : `${plural(findingCount, 'thing')} in this log ${findingCount === 1 ? 'is' : 'are'} not as Daxfleet wrote it.`}
      </p>
      <p className="mt-1 text-ink-2 text-xs">
        Verified <Ago at={found.at} />
        {newestCheckpointAt === null ? (
          '; with no checkpoint: entries cut off the end would not be noticed.'
        ) : (
          <>
            {' '}
            against {plural(checkpoints, 'checkpoint')}, the newest taken <Ago at={newestCheckpointAt} />.
          </>
        )}
        {began !== null && began.earlierEntries > 0
          ? ` The first ${formatCount(began.earlierEntries)} entries, up to number ${began.lastEarlierId}, are older than these codes: what was done to them before cannot be told.`
          : null}
      </p>
      <FindingList findings={findings} />
      {findingCount > findings.length ? (
        <p className="mt-1 text-ink-2 text-xs">And {formatCount(findingCount - findings.length)} more.</p>
      ) : null}
    </>
  )
}

function FindingList({ findings }: { findings: readonly Finding[] }) {
  if (findings.length === 0) return null
  return (
    <ul className="mt-2 grid max-h-64 gap-1 overflow-y-auto">
      {findings.map((finding) => (
        <li key={JSON.stringify(finding)} className="text-fail wrap-anywhere">
          {findingWords(finding)}
        </li>
      ))}
    </ul>
  )
}
