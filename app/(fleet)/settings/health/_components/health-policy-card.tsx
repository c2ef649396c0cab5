'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { RULED_FACTS, type RuledFact } from '@/agents/protocol'
import { ActButton } from '@/app/_components/act-button'
import { Ago } from '@/app/_components/ago'
import { Card, CardBody } from '@/app/_components/card'
import { readRules, type TypedRules, typedRules } from '@/app/_lib/health-rules'
import { notify } from '@/app/_lib/notify'
import { describeFault, useTRPC } from '@/app/_lib/trpc'
import type { HealthPolicyView } from '@/server/health-policy/schema'
import { RuleRow } from './rule-row'

/** The rule of every fact, as it is typed. */
export function HealthPolicyCard({ policy }: { policy: HealthPolicyView }) {
  const trpc = useTRPC()
  const queries = useQueryClient()
  const [typed, setTyped] = useState<TypedRules>(() => typedRules(policy.rules))
  const { rules, faults } = readRules(typed)
  const set = useMutation(
    trpc.healthPolicy.set.mutationOptions({
      onSuccess: () =>
        notify({ tone: 'ok', message: 'Saved. It holds for every plan from now on.', next: '' }),
      onSettled: () => queries.invalidateQueries({ queryKey: trpc.healthPolicy.pathKey() }),
      onError: (error) => notify({ tone: 'fail', ...describeFault(error) }),
    }),
  )
  const isAsItWas = JSON.stringify(typed) === JSON.stringify(typedRules(policy.rules))
  const blocked = rules === null ? 'Correct the rules first.' : isAsItWas ? 'Nothing is changed.' : null
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (blocked === null && rules !== null) set.mutate({ rules })
  }
  const change = (fact: RuledFact) => (rule: TypedRules[RuledFact]) => setTyped({ ...typed, [fact]: rule })
  return (
    <Card
      title="What warns and what blocks"
      aside={
        <span className="text-ink-3 text-xs">
          {policy.changedBy === null ? (
            'as Daxfleet came'
          ) : (
            <>
              {policy.changedBy}, <Ago at={policy.changedAt} />
            </>
          )}
        </span>
      }
    >
      <form onSubmit={submit}>
        <ul className="divide-y divide-line border-line border-b">
          <li className="grid gap-x-6 gap-y-2 px-3.5 py-3 md:grid-cols-[minmax(0,1fr)_300px]">
            <div>
              <h3 className="font-medium">Bad blocks</h3>
              <p className="text-ink-3 text-xs">
                Sectors of persistent memory that the kernel knows to be damaged: as RAM, touching one crashes
                the host.
              </p>
            </div>
            <p className="self-center text-ink-2">Any always blocks.</p>
          </li>
          {RULED_FACTS.map((fact) => (
            <RuleRow
              key={fact}
              fact={fact as RuledFact}
              typed={typed[fact as RuledFact]}
              fault={faults[fact as RuledFact] ?? null}
              onChange={change(fact as RuledFact)}
            />
          ))}
        </ul>
        <CardBody>
          <ActButton
            does="healthPolicy.set"
            type="submit"
            look="primary"
            blocked={blocked}
            disabled={set.isPending}
          >
            Save
          </ActButton>
        </CardBody>
      </form>
    </Card>
  )
}
