import { Card, CardBody } from '@/app/_components/card'
import { policySentences } from '@/app/_lib/policy-words'
import type { Outputs } from '@/app/_lib/trpc'
import { WaveList } from '@/app/(fleet)/rollouts/_components/wave-list'
import type { Policy } from '@/server/rollouts/policy'

type Resolved = Extract<Outputs['rollouts']['preview'], { type: 'resolved' }>

/** The policy in words, and what it makes of the list as it is now. */
export function PolicyMeaning({ policy, preview }: { policy: Policy | null; preview: Resolved | null }) {
  const label = policy?.spreadByLabel ?? null
  return (
    <Card title="What this means" className="xl:sticky xl:top-16">
      <CardBody className="grid gap-3">
        {policy === null ? (
          <p className="text-ink-2">The policy cannot be read yet; what is wrong stands at its fields.</p>
        ) : (
          <ul className="grid gap-1.5 text-ink-2">
            {policySentences(policy).map((sentence, at) => (
              <li key={sentence} className={at === 0 ? 'font-medium text-ink' : undefined}>
                {sentence}
              </li>
            ))}
          </ul>
        )}
        {label !== null && preview !== null && preview.hosts > 0 && preview.groups === 0 ? (
          <p className="text-warn">No host that matches has the label {label}: waves are not spread by it.</p>
        ) : null}
        {policy !== null && preview !== null && preview.waves.length > 0 ? (
          <section aria-label="Waves of this list" className="grid gap-1.5 border-line border-t pt-3">
            <h3 className="font-medium">
              Waves of this list{' '}
              <span className="font-normal text-ink-3 text-xs">
                before hosts that refuse their plan are taken out
              </span>
            </h3>
            <WaveList waves={preview.waves} policy={policy} />
          </section>
        ) : null}
      </CardBody>
    </Card>
  )
}
