import type { ReactNode } from 'react'
import type { Tier } from '@/app/_lib/states'
import type { JobDetail } from '@/server/jobs/schema'
import { takesAway } from '@/server/plans/vocabulary'
import { BlockStrip } from '../block-strip'
import { Bytes } from '../bytes'
import { Table, Td, Th, Tr } from '../table'

const ZONES: Record<NonNullable<JobDetail['zone']>, string> = {
  movable: 'Movable',
  kernel: 'Normal',
  policy: "as the host's policy puts it",
}

/** Before, predicted and read back, side by side; a difference is shown, never hidden. */
export function RunDiff({ job, tier }: { job: JobDetail; tier: Tier }) {
  const gained = minus(job.onlineBytesAfter, job.onlineBytesBefore)
  const predicted = takesAway(job.kind) ? -job.predictedBytes : job.predictedBytes
  const off = gained === null ? null : gained - predicted
  return (
    <>
      <Table
        label="Before and after"
        head={
          <>
            <Th>
              <span className="sr-only">What</span>
            </Th>
            <Th className="text-right">Before</Th>
            <Th className="text-right">After, read back</Th>
            <Th className="text-right">Change</Th>
            <Th className="text-right">Predicted</Th>
          </>
        }
      >
        <Row
          label={`${job.daxName} online`}
          before={job.onlineBytesBefore}
          after={job.onlineBytesAfter}
          predicted={<Bytes value={predicted} signed />}
        />
        <Row
          label="Memory the kernel counts"
          before={job.memTotalBytesBefore}
          after={job.memTotalBytesAfter}
        />
        {job.zone === null ? null : (
          <Tr>
            <Td wide className="text-ink-2">
              Zone
            </Td>
            <Td label="Before" className="text-right text-ink-3 max-sm:hidden">
              –
            </Td>
            <Td label="After, read back" className="text-right">
              {job.zoneRead ?? '–'}
            </Td>
            <Td />
            <Td label="Predicted" className="text-right text-ink-2">
              {ZONES[job.zone]}
            </Td>
          </Tr>
        )}
      </Table>
      <div className="grid gap-2 border-line border-t px-3.5 py-3">
        {off !== null && job.onlineBytesAfter !== null ? (
          <p className="text-ink-2">
            {off === 0n ? (
              'Exactly what was predicted.'
            ) : (
              <>
                <b className="font-semibold text-ink">
                  <Bytes value={off < 0n ? -off : off} />
                </b>{' '}
                {off < 0n ? 'less' : 'more'} than predicted.
              </>
            )}
          </p>
        ) : null}
        {job.blocksAfter && job.blocksAfter.length > 0 ? (
          <BlockStrip blocks={job.blocksAfter} predicted={0} tier={tier} cells={64} />
        ) : null}
      </div>
    </>
  )
}

function Row({
  label,
  before,
  after,
  predicted,
}: {
  label: string
  before: bigint | null
  after: bigint | null
  predicted?: ReactNode
}) {
  const change = minus(after, before)
  return (
    <Tr>
      <Td wide className="text-ink-2">
        {label}
      </Td>
      <Td label="Before" className="text-right">
        <Bytes value={before} />
      </Td>
      <Td label="After, read back" className="text-right font-medium">
        <Bytes value={after} />
      </Td>
      <Td label="Change" className="text-right font-medium">
        {change === null ? '–' : <Bytes value={change} signed />}
      </Td>
      {predicted ? (
        <Td label="Predicted" className="text-right text-ink-2">
          {predicted}
        </Td>
      ) : (
        <Td />
      )}
    </Tr>
  )
}

function minus(after: bigint | null, before: bigint | null): bigint | null {
  return after === null || before === null ? null : after - before
}
