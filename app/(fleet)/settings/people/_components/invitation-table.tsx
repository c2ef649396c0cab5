'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Button } from '@/app/_components/button'
import { Card } from '@/app/_components/card'
import { Table, Td, Th, Tr } from '@/app/_components/table'
import { formatMoment, plural } from '@/app/_lib/format'
import { notify } from '@/app/_lib/notify'
import { describeFault, type Outputs, useTRPC } from '@/app/_lib/trpc'
import { useRefusal } from '@/app/_lib/use-refusal'

type Invitation = Outputs['people']['list']['invitations'][number]

/** Links that were made and not used. */
export function InvitationTable({ invitations }: { invitations: readonly Invitation[] }) {
  const trpc = useTRPC()
  const queries = useQueryClient()
  const refusal = useRefusal('people.withdraw')
  const withdraw = useMutation(
    trpc.people.withdraw.mutationOptions({
      onSettled: () => queries.invalidateQueries({ queryKey: trpc.people.list.queryKey() }),
      onError: (error) => notify({ tone: 'fail', ...describeFault(error) }),
    }),
  )
  return (
    <Card title="Links that wait to be used" meta={plural(invitations.length, 'link')}>
      <Table
        label="Links that wait to be used"
        head={
          <>
            <Th>For</Th>
            <Th>What it does</Th>
            <Th>Made by</Th>
            <Th className="text-right">Good until</Th>
            <Th>
              <span className="sr-only">Action</span>
            </Th>
          </>
        }
      >
        {invitations.map((invitation) => (
          <Tr key={invitation.id}>
            <Td wide>{invitation.email}</Td>
            <Td label="What it does">
              {invitation.purpose === 'account'
                ? `Makes an account, ${invitation.role}`
                : 'Sets a new password'}
            </Td>
            <Td label="Made by">{invitation.createdBy}</Td>
            <Td label="Good until" className="text-right text-ink-3 text-xs">
              {formatMoment(invitation.expiresAt)}
            </Td>
            <Td wide className="text-right">
              <Button
                look="quiet"
                className="px-1.5 text-xs"
                blocked={refusal}
                disabled={withdraw.isPending}
                onClick={() => withdraw.mutate({ invitationId: invitation.id })}
              >
                Withdraw
              </Button>
            </Td>
          </Tr>
        ))}
      </Table>
    </Card>
  )
}
