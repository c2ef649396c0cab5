'use client'

import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { ActButton } from '@/app/_components/act-button'
import { Ago } from '@/app/_components/ago'
import { Card, CardBody } from '@/app/_components/card'
import { FaultNote } from '@/app/_components/fault-note'
import { TextField } from '@/app/_components/field'
import { Table, Td, Th, Tr } from '@/app/_components/table'
import { ruleWords } from '@/app/_lib/approval-words'
import { formatCount, plural } from '@/app/_lib/format'
import { type Outputs, useTRPC } from '@/app/_lib/trpc'
import { usePolicyChange } from './use-policy-change'

type Rule = Outputs['approvals']['policy']['rules'][number]

/** The rules; what is done to a host under any of them needs two people. */
export function RulesCard({ rules }: { rules: readonly Rule[] }) {
  const trpc = useTRPC()
  const change = usePolicyChange()
  const [selector, setSelector] = useState('')
  const add = useMutation(
    trpc.approvals.addRule.mutationOptions({
      ...change,
      onSuccess: (answer) => {
        if (answer.type !== 'done') return
        setSelector('')
        change.onSuccess(answer)
      },
    }),
  )
  const remove = useMutation(trpc.approvals.removeRule.mutationOptions(change))
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!add.isPending) add.mutate({ selector })
  }
  const refusal = add.data?.type === 'refused' ? add.data : null
  return (
    <Card title="Hosts that need a second person" meta={plural(rules.length, 'rule')}>
      {rules.length > 0 ? (
        <Table
          label="Rules"
          head={
            <>
              <Th>Rule</Th>
              <Th className="text-right">Hosts under it now</Th>
              <Th>Made by</Th>
              <Th>
                <span className="sr-only">Action</span>
              </Th>
            </>
          }
        >
          {rules.map((rule) => (
            <Tr key={rule.id}>
              <Td wide wraps className="font-mono text-xs">
                {ruleWords(rule.selector)}
              </Td>
              <Td label="Hosts under it now" className="text-right tabular-nums">
                {formatCount(rule.hosts)}
              </Td>
              <Td label="Made by">
                {rule.createdBy}, <Ago at={rule.createdAt} />
              </Td>
              <Td wide className="text-right">
                <ActButton
                  does="approvals.removeRule"
                  look="quiet"
                  className="px-1.5 text-xs"
                  aria-label={`Remove the rule ${ruleWords(rule.selector)}`}
                  disabled={remove.isPending}
                  onClick={() => remove.mutate({ ruleId: rule.id })}
                >
                  Remove
                </ActButton>
              </Td>
            </Tr>
          ))}
        </Table>
      ) : null}
      <CardBody>
        <form onSubmit={submit} className="grid gap-3.5">
          <div className="max-w-[460px]">
            <TextField
              mono
              label="New rule"
              placeholder="label:env=prod"
              hint="Names and labels of hosts, as in a rollout’s targets. host:* is the whole fleet. Every change withdraws what waits for approval."
              autoComplete="off"
              autoCapitalize="off"
              spellCheck={false}
              value={selector}
              onChange={(event) => setSelector(event.target.value)}
            />
          </div>
          {refusal ? <FaultNote message={refusal.message} next={refusal.next} /> : null}
          <div>
            <ActButton
              does="approvals.addRule"
              type="submit"
              disabled={add.isPending}
              blocked={selector.trim() === '' ? 'Say which hosts first.' : null}
            >
              {add.isPending ? 'Adding…' : 'Add the rule'}
            </ActButton>
          </div>
        </form>
      </CardBody>
    </Card>
  )
}
