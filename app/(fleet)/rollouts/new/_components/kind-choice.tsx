import { ChoiceCard } from '@/app/_components/choice-card'
import type { RolloutKind } from '@/server/plans/vocabulary'

const CHOICES = [
  {
    value: 'convert',
    title: 'Convert to system RAM',
    what: 'Devices on device_dax become memory of their hosts. What is stored on them is overwritten.',
  },
  {
    value: 'restore',
    title: 'Give back',
    what: 'Memory that devices lent their hosts is taken offline, and the devices go back to device_dax. Hosts lose RAM.',
  },
  {
    value: 'offline',
    title: 'Give back a share',
    what: 'So much of each device, or of each host, goes offline. The devices stay with kmem; the rest of them stays RAM.',
  },
  {
    value: 'online',
    title: 'Bring a share online',
    what: 'So much of what is offline on kmem becomes RAM again: of each device, or of each host.',
  },
] as const

/** What the rollout is to do; everything below depends on it. */
export function KindChoice({ kind, onKind }: { kind: RolloutKind; onKind: (kind: RolloutKind) => void }) {
  return (
    <ChoiceCard
      title="What it does"
      meta="one kind a rollout"
      choices={CHOICES}
      value={kind}
      onChoice={onKind}
    />
  )
}
