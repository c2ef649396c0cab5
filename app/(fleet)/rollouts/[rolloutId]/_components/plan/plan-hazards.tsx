'use client'

import { Card, CardBody } from '@/app/_components/card'
import { Glyph } from '@/app/_components/state-pill'
import { plural } from '@/app/_lib/format'
import { hazardWords } from '@/app/_lib/rollout-words'
import type { RolloutPlanView } from '@/server/rollouts/views/plan-schema'
import { usePlanView } from './use-plan-view'

/** What is to be known before it is approved: each kind once, with the list behind its number. */
export function PlanHazards({ plan, planned }: { plan: RolloutPlanView; planned: number }) {
  const [view, setView] = usePlanView()
  return (
    <Card
      title="Before you decide"
      meta={plan.hazards.length === 0 && planned > 0 ? 'no host named a hazard' : null}
    >
      <CardBody>
        {plan.hazards.length === 0 ? (
          <p className="text-ink-2">
            {planned === 0
              ? 'Hazards that hosts name are listed here as their answers come.'
              : 'Nothing beyond the figures above.'}
          </p>
        ) : (
          <ul className="grid gap-2.5">
            {plan.hazards.map(({ code, message, devices, hosts }) => (
              <li key={code} className="grid grid-cols-[18px_minmax(0,1fr)_auto] gap-x-1">
                <Glyph tone="warn" className="mt-[5px]" />
                <div className="min-w-0">
                  <p className="font-medium">{hazardWords(code)}</p>
                  <p className="text-ink-2 text-xs break-words">
                    {message}
                    {devices > 1 ? <span className="text-ink-3"> (of one of them)</span> : null}
                  </p>
                </div>
                <button
                  type="button"
                  aria-pressed={view.hazard === code}
                  onClick={() =>
                    void setView({ hazard: view.hazard === code ? null : code, page: null, state: null })
                  }
                  className="h-fit rounded-sm text-right text-ink-2 text-xs underline decoration-line-strong underline-offset-4 hover:decoration-accent aria-pressed:font-medium aria-pressed:text-ink"
                >
                  {plural(devices, 'device')} on {plural(hosts, 'host')}
                </button>
              </li>
            ))}
          </ul>
        )}
      </CardBody>
    </Card>
  )
}
