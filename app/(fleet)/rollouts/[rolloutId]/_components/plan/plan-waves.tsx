'use client'

import { clsx } from 'clsx'
import { Bytes } from '@/app/_components/bytes'
import { Card } from '@/app/_components/card'
import { Table, Td, Th, Tr } from '@/app/_components/table'
import { formatCount, plural } from '@/app/_lib/format'
import { waveName } from '@/app/_lib/rollout-words'
import type { RolloutDetail } from '@/server/rollouts/schema'
import type { RolloutPlanView } from '@/server/rollouts/views/plan-schema'
import { usePlanView } from './use-plan-view'

/** Which hosts come in which wave. The list is frozen: it is exactly this that is approved. */
export function PlanWaves({ rollout, plan }: { rollout: RolloutDetail; plan: RolloutPlanView }) {
  const [view, setView] = usePlanView()
  const { policy } = rollout
  return (
    <Card title="Waves" meta={`${plural(plan.waves.length, 'wave')}, in this order`}>
      <div className="max-h-80 overflow-y-auto rounded-b-lg">
        <Table
          label="Waves"
          head={
            <>
              <Th>Wave</Th>
              <Th className="text-right">Hosts</Th>
              <Th className="text-right">Devices</Th>
              <Th className="text-right">Gain</Th>
              {policy.spreadByLabel === null ? null : <Th className="text-right">{policy.spreadByLabel}</Th>}
              <Th>First hosts</Th>
            </>
          }
        >
          {plan.waves.map((wave) => (
            <Tr key={wave.wave} className={clsx(view.wave === wave.wave ? 'bg-run-bg' : 'hover:bg-bg')}>
              <Td wide>
                <button
                  type="button"
                  aria-pressed={view.wave === wave.wave}
                  onClick={() =>
                    void setView({
                      wave: view.wave === wave.wave ? null : wave.wave,
                      page: null,
                      state: null,
                    })
                  }
                  className="rounded-sm underline decoration-line-strong underline-offset-4 hover:decoration-accent"
                >
                  {waveName(wave.wave, policy)}
                </button>
              </Td>
              <Td label="Hosts" className="text-right">
                {formatCount(wave.hosts)}
              </Td>
              <Td label="Devices" className="text-right">
                {formatCount(wave.devices)}
              </Td>
              <Td label="Gain" className="text-right">
                <Bytes value={wave.gainBytes} signed />
              </Td>
              {policy.spreadByLabel === null ? null : (
                <Td label={policy.spreadByLabel} className="text-right">
                  {formatCount(wave.groups)}
                </Td>
              )}
              <Td
                wide
                className="w-full max-w-0 truncate font-mono text-ink-3 text-xs"
                title={wave.hostNames.join(' ')}
              >
                {wave.hostNames.join(' ')}
                {wave.hosts > wave.hostNames.length ? ' …' : ''}
              </Td>
            </Tr>
          ))}
        </Table>
      </div>
    </Card>
  )
}
