import type { TRPCClient } from '@trpc/client'
import { download, toCsv } from '@/app/_lib/csv'
import { OUTCOME_MARKS } from '@/app/_lib/rollout-run-words'
import { ITEM_MARKS } from '@/app/_lib/rollout-states'
import { waveName } from '@/app/_lib/rollout-words'
import type { RolloutDetail } from '@/server/rollouts/schema'
import type { RolloutRow } from '@/server/rollouts/views/progress-schema'
import type { AppRouter } from '@/server/trpc/root'

const PAGE_ROWS = 1000
const HEADER = [
  'host',
  'host_id',
  'wave',
  'host_state',
  'host_cause',
  'device',
  'kind',
  'identity',
  'device_state',
  'cause',
  'message',
  'next',
  'predicted_bytes',
  'gained_bytes',
  'retries',
  'started',
  'ended',
  'seconds',
  'run_id',
] as const

/** The whole rollout as a file: every device of the list page by page, then what was left out when it was made. */
export async function exportRollout(
  client: TRPCClient<AppRouter>,
  { id: rolloutId, name, policy }: RolloutDetail,
): Promise<void> {
  const rows: string[][] = []
  for (let offset = 0; ; offset += PAGE_ROWS) {
    const page = await client.rollouts.rows.query({ rolloutId, limit: PAGE_ROWS, offset })
    for (const row of page.rows) rows.push(lineOf(row, policy))
    // The list is frozen: pages fit together however far the rollout goes on meanwhile.
    if (offset + PAGE_ROWS >= page.matching) break
  }
  for (let offset = 0; ; offset += PAGE_ROWS) {
    const page = await client.rollouts.leftOut.query({ rolloutId, limit: PAGE_ROWS, offset })
    for (const { hostName, hostId, daxName, reason, message, next } of page.entries) {
      const device = [daxName ?? '', '', '', 'Left out', reason, message, next]
      const line = [hostName, hostId, '', 'Left out', '', ...device]
      rows.push([...line, ...Array<string>(HEADER.length - line.length).fill('')])
    }
    if (offset + PAGE_ROWS >= page.matching) break
  }
  const file = name.replaceAll(/[^\p{L}\p{N}._-]+/gu, '-').slice(0, 60)
  download(`daxfleet-rollout-${file}.csv`, toCsv(HEADER, rows))
}

function lineOf(row: RolloutRow, policy: RolloutDetail['policy']): string[] {
  const { startedAt, endedAt } = row
  const seconds = startedAt && endedAt ? (endedAt.getTime() - startedAt.getTime()) / 1000 : null
  return [
    row.hostName,
    row.hostId,
    row.wave === null ? '' : waveName(row.wave, policy),
    OUTCOME_MARKS[row.outcome].word,
    row.hostCause ?? '',
    row.daxName,
    row.kind,
    row.identity,
    ITEM_MARKS[row.state].word,
    row.cause ?? '',
    row.message,
    row.next,
    row.predictedBytes?.toString() ?? '',
    row.gainedBytes?.toString() ?? '',
    String(row.retriesUsed),
    startedAt?.toISOString() ?? '',
    endedAt?.toISOString() ?? '',
    seconds === null ? '' : seconds.toFixed(1),
    row.jobId ?? '',
  ]
}
