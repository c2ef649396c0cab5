import { Card, CardBody } from '@/app/_components/card'
import { Choice } from '@/app/_components/choice'
import { TextField } from '@/app/_components/field'
import type { useShare } from './use-share'

const PER = [
  { value: 'device', label: 'of each device' },
  { value: 'host', label: 'of each host' },
] as const

/** How much, and of what: the same of each device that matches, or of each host from its devices. */
export function ShareFields({
  does,
  share: { text, setText, per, setPer, fault },
}: {
  does: 'online' | 'offline'
  share: ReturnType<typeof useShare>
}) {
  const rest =
    per === 'device'
      ? 'A device that has less is left out, and listed.'
      : 'It is taken from the devices of a host that match, in the order of their names. A host that has less is left out, and listed.'
  return (
    <Card
      title="How much"
      meta={`in whole memory blocks, ${does === 'offline' ? 'the highest' : 'the lowest'} of a device first`}
    >
      <CardBody className="grid gap-3">
        <div className="grid gap-3 sm:grid-cols-[minmax(0,320px)_minmax(0,1fr)] sm:items-start">
          <TextField
            label={does === 'offline' ? 'Size to give back' : 'Size to bring online'}
            hint="Like 256 GiB."
            error={fault}
            value={text}
            autoComplete="off"
            onChange={(event) => setText(event.target.value)}
          />
          <fieldset className="grid gap-1.5">
            <legend className="pb-1.5 font-medium">Of what</legend>
            <span className="flex flex-wrap gap-2">
              {PER.map(({ value, label }) => (
                <Choice key={value} isOn={per === value} onChoose={() => setPer(value)}>
                  {label}
                </Choice>
              ))}
            </span>
          </fieldset>
        </div>
        <p className="text-ink-2 text-xs">{rest}</p>
      </CardBody>
    </Card>
  )
}
