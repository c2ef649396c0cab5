import { Bytes } from '@/app/_components/bytes'
import { Tiles } from '@/app/_components/tiles'
import { plural } from '@/app/_lib/format'
import { blockSpans } from '@/app/_lib/share-text'
import type { PlanView } from '@/server/plans/schema'

type Share = NonNullable<PlanView['share']>

/** Which blocks the host chose, and what became of the size that was asked. */
export function ShareNote({ plan, share }: { plan: PlanView; share: Share }) {
  const count = share.blocks.reduce((sum, [first, last]) => sum + last - first + 1, 0)
  const isRounded = share.askedBytes !== null && share.askedBytes !== share.bytes
  return (
    <p className="max-w-[80ch] text-ink-2">
      <b className="font-semibold text-ink">{blockSpans(share.blocks)}</b>
      {count === 0 ? ' is chosen' : `: ${plural(count, 'block')} of `}
      {count === 0 ? null : (
        <>
          <Bytes value={share.blockSizeBytes} />, <Bytes value={share.bytes} /> together
        </>
      )}
      .{' '}
      {isRounded ? (
        <>
          Asked were <Bytes value={share.askedBytes} />: only whole blocks can{' '}
          {plan.kind === 'offline' ? 'go' : 'come'}, and never more than was asked.{' '}
        </>
      ) : null}
      {plan.kind === 'offline'
        ? 'The device stays on kmem; its other blocks stay as they are.'
        : 'Its other blocks stay as they are.'}{' '}
      It holds until the host restarts: its blocks are then as that start makes them.
    </p>
  )
}

/** What bringing a share online would add. */
export function OnlineTiles({ plan }: { plan: PlanView }) {
  return (
    <Tiles
      label="What bringing it online would add"
      tiles={[
        {
          label: 'Gain',
          value: plan.gainBytes === null ? '–' : <Bytes value={plan.gainBytes} signed />,
          note: plan.targetNode === null ? '' : `on node ${plan.targetNode}`,
        },
        {
          label: 'Online now',
          value: `${plan.onlineBlocks} of ${plan.blockCount ?? '–'}`,
          note: 'blocks of this device',
        },
        {
          label: 'Zone',
          value: plan.zone === 'kernel' ? 'Normal' : 'Movable',
          note: 'read back block by block',
          small: true,
        },
        {
          label: 'Reversible',
          value: plan.reversible === null ? '–' : plan.reversible.yes ? 'yes' : 'no',
          note: plan.zone === 'movable' ? 'as long as it is movable' : '',
          small: true,
        },
      ]}
    />
  )
}
