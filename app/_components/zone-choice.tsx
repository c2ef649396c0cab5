import type { ZoneName } from '@/server/plans/schema'
import { type CardChoice, ChoiceCard } from './choice-card'

const CHOICES: readonly CardChoice<ZoneName>[] = [
  {
    value: 'movable',
    title: 'Movable',
    what: 'For applications only. The kernel keeps its own data out, so that the memory can be taken back later. The usual choice.',
  },
  {
    value: 'kernel',
    title: 'Normal',
    what: 'For the kernel as well. Needed where movable memory would outgrow the rest; what lands here cannot be promised to come back.',
  },
  {
    value: 'policy',
    title: 'Host policy',
    what: "Left to the host's own policy and udev rules. The zone it ends up in is read and shown.",
  },
]

export function ZoneChoice({
  zone,
  policy,
  zones,
  onZone,
}: {
  zone: ZoneName
  policy: string | null
  /** Those there are to choose from; all of them unless it is said. */
  zones?: readonly ZoneName[]
  onZone: (zone: ZoneName) => void
}) {
  const offered = zones === undefined ? CHOICES : CHOICES.filter(({ value }) => zones.includes(value))
  const choices = offered.map((choice) =>
    choice.value === 'policy' && policy
      ? {
          ...choice,
          title: (
            <>
              {choice.title}
              <span className="ml-1.5 font-normal text-ink-3">now: {policy}</span>
            </>
          ),
        }
      : choice,
  )
  return (
    <ChoiceCard
      title="Zone"
      meta="where the kernel puts the new memory"
      choices={choices}
      value={zone}
      onChoice={onZone}
    />
  )
}
