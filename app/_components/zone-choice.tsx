import { clsx } from 'clsx'
import { Card } from '@/app/_components/card'
import type { ZoneName } from '@/server/plans/schema'

const CHOICES: readonly { zone: ZoneName; title: string; what: string }[] = [
  {
    zone: 'movable',
    title: 'Movable',
    what: 'For applications only. The kernel keeps its own data out, so that the memory can be taken back later. The usual choice.',
  },
  {
    zone: 'kernel',
    title: 'Normal',
    what: 'For the kernel as well. Needed where movable memory would outgrow the rest; what lands here cannot be promised to come back.',
  },
  {
    zone: 'policy',
    title: 'Host policy',
    what: "Left to the host's own policy and udev rules. The zone it ends up in is read and shown.",
  },
]

export function ZoneChoice({
  zone,
  policy,
  onZone,
}: {
  zone: ZoneName
  policy: string | null
  onZone: (zone: ZoneName) => void
}) {
  return (
    <Card title="Zone" meta="where the kernel puts the new memory">
      <fieldset className="grid md:grid-cols-3">
        <legend className="sr-only">Zone</legend>
        {CHOICES.map((choice) => (
          <label
            key={choice.zone}
            className={clsx(
              'grid cursor-pointer grid-cols-[20px_minmax(0,1fr)] content-start gap-y-0.5 border-line px-3.5 py-3 not-last:max-md:border-b not-last:md:border-r',
              zone === choice.zone ? 'bg-run-bg' : 'hover:bg-bg',
            )}
          >
            <input
              type="radio"
              name="zone"
              value={choice.zone}
              checked={zone === choice.zone}
              onChange={() => onZone(choice.zone)}
              className="mt-[3px] size-3.5 accent-accent"
            />
            <span className="font-medium">
              {choice.title}
              {choice.zone === 'policy' && policy ? (
                <span className="ml-1.5 font-normal text-ink-3">now: {policy}</span>
              ) : null}
            </span>
            <span />
            <span className="text-ink-2 text-xs">{choice.what}</span>
          </label>
        ))}
      </fieldset>
    </Card>
  )
}
