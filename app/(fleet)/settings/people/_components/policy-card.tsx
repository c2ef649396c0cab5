'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Button } from '@/app/_components/button'
import { Card, CardBody } from '@/app/_components/card'
import { plural } from '@/app/_lib/format'
import { notify } from '@/app/_lib/notify'
import { describeFault, useTRPC } from '@/app/_lib/trpc'
import { useRefusal } from '@/app/_lib/use-refusal'
import type { Person } from './people-table'

/** Whether a password alone is enough here, and whom it concerns. */
export function PolicyCard({
  requireSecondFactor,
  people,
}: {
  requireSecondFactor: boolean
  people: readonly Person[]
}) {
  const trpc = useTRPC()
  const queries = useQueryClient()
  const refusal = useRefusal('people.setPolicy')
  const set = useMutation(
    trpc.people.setPolicy.mutationOptions({
      onSettled: () => queries.invalidateQueries(),
      onError: (error) => notify({ tone: 'fail', ...describeFault(error) }),
    }),
  )
  const without = people.filter((person) => person.disabledAt === null && !person.hasSecondFactor).length
  return (
    <Card title="Second factor">
      <CardBody className="flex flex-wrap items-center justify-between gap-3">
        <p className="min-w-0 flex-1 basis-72 text-ink-2">
          {requireSecondFactor
            ? `Asked of everybody. ${plural(without, 'account')} without one can do nothing but set it up.`
            : `Everybody decides for themselves. Asked of everybody, ${plural(without, 'account')} without one could do nothing but set it up, and their tokens would be refused until then.`}
        </p>
        <Button
          blocked={refusal}
          disabled={set.isPending}
          onClick={() => set.mutate({ requireSecondFactor: !requireSecondFactor })}
        >
          {requireSecondFactor ? 'Leave it to everybody' : 'Ask it of everybody'}
        </Button>
      </CardBody>
    </Card>
  )
}
