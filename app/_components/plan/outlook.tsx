import { Bytes } from '@/app/_components/bytes'
import { Tiles } from '@/app/_components/tiles'
import { plural } from '@/app/_lib/format'
import { ON_PARTIAL_WORDS } from '@/app/_lib/kind-words'
import { formatTimeSpan } from '@/app/_lib/time-span'
import type { PlanView } from '@/server/plans/schema'

type Restore = NonNullable<PlanView['restore']>

/** Blocks that are online now and would go: of a share, those of it that the plan writes to. */
function blocksToGo({ share, onlineBlocks, writes }: PlanView): number {
  if (share === null) return onlineBlocks
  const spans = writes.flatMap(({ blocks = [] }) => blocks)
  return spans.reduce((sum, [first, last]) => sum + last - first + 1, 0)
}

/** What would be taken away, and what the host is left with. */
export function RestoreTiles({ plan, restore }: { plan: PlanView; restore: Restore }) {
  return (
    <Tiles
      label="What giving it back would take"
      tiles={[
        {
          label: 'Loss',
          value: <Bytes value={-restore.lossBytes} signed />,
          note: `${plural(blocksToGo(plan), 'block')} to take offline`,
        },
        {
          label: 'Available now',
          value: <Bytes value={restore.availableBytes} />,
          note: 'MemAvailable when it was asked',
        },
        {
          label: 'Available after',
          value: <Bytes value={restore.availableAfterBytes} />,
          note: restore.memmapReturnedBytes ? 'as predicted, before page structures return' : 'as predicted',
        },
        {
          label: 'Capacity floor',
          value: <Bytes value={restore.floorBytes} />,
          note: 'kept available; checked again at every block',
        },
        {
          label: 'In use on its node',
          value: <Bytes value={restore.nodeUsedBytes} />,
          note: plan.targetNode === null ? '' : `node ${plan.targetNode}: has to move elsewhere`,
        },
      ]}
    />
  )
}

/** The terms of the approval that no tile shows, and who has memory there. */
export function RestoreTerms({ restore }: { restore: Restore }) {
  return (
    <>
      <p className="text-ink-2">
        <span className="font-medium text-ink">{ON_PARTIAL_WORDS[restore.onPartial].title}: </span>
        {ON_PARTIAL_WORDS[restore.onPartial].what} Each block may take up to{' '}
        {formatTimeSpan(restore.offlineSeconds)}.
      </p>
      {restore.holders.length > 0 ? (
        <div className="grid gap-1 text-ink-2">
          <p>
            <span className="font-medium text-ink">May not move: </span>
            memory of these on the device’s node.
          </p>
          <ul aria-label="Processes that may hold its memory" className="grid gap-0.5 text-xs">
            {restore.holders.map((holder) => (
              <li key={holder.pid} className="break-words">
                <span className="font-mono">{holder.name}</span> (pid {holder.pid}):{' '}
                <Bytes value={holder.onNodeBytes} /> on the node
                {holder.lockedBytes > 0n ? (
                  <>
                    , <Bytes value={holder.lockedBytes} /> locked
                  </>
                ) : null}
                {holder.pinnedBytes > 0n ? (
                  <>
                    , <Bytes value={holder.pinnedBytes} /> pinned for devices
                  </>
                ) : null}
                {holder.hugeBytes > 0n ? (
                  <>
                    , <Bytes value={holder.hugeBytes} /> in huge pages
                  </>
                ) : null}
              </li>
            ))}
          </ul>
        </div>
      ) : null}
    </>
  )
}
