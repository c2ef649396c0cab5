'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Ago } from '@/app/_components/ago'
import { Button } from '@/app/_components/button'
import { Card } from '@/app/_components/card'
import { StatePill } from '@/app/_components/state-pill'
import { Table, Td, Th, Tr } from '@/app/_components/table'
import { formatMoment, plural } from '@/app/_lib/format'
import { notify } from '@/app/_lib/notify'
import type { Mark } from '@/app/_lib/states'
import { describeFault, type Outputs, useTRPC } from '@/app/_lib/trpc'

type Token = Outputs['tokens']['list']['tokens'][number]

const MARKS: Record<Token['state'], Mark> = {
  active: { tone: 'ok', word: 'Active' },
  expired: { tone: 'skip', word: 'Expired' },
  revoked: { tone: 'skip', word: 'Revoked' },
}

export function TokenTable({ tokens, showsOwner }: { tokens: readonly Token[]; showsOwner: boolean }) {
  const trpc = useTRPC()
  const queries = useQueryClient()
  const revoke = useMutation(
    trpc.tokens.revoke.mutationOptions({
      onSuccess: (answer) => {
        if (answer.type === 'refused') notify({ tone: 'warn', message: answer.message, next: answer.next })
      },
      onError: (error) => notify({ tone: 'fail', ...describeFault(error) }),
      onSettled: () => queries.invalidateQueries({ queryKey: trpc.tokens.list.queryKey() }),
    }),
  )
  return (
    <Card title="Tokens" meta={plural(tokens.length, 'token')}>
      <Table
        label="Tokens"
        head={
          <>
            <Th>Name</Th>
            {showsOwner ? <Th>Of</Th> : null}
            <Th>Scopes</Th>
            <Th>State</Th>
            <Th className="text-right">Last used</Th>
            <Th className="text-right">Ends</Th>
            <Th>
              <span className="sr-only">Action</span>
            </Th>
          </>
        }
      >
        {tokens.map((token) => (
          <Tr key={token.id}>
            <Td wide className="font-medium">
              {token.name}
            </Td>
            {showsOwner ? <Td label="Of">{token.owner}</Td> : null}
            <Td wide wraps label="Scopes" className="font-mono text-xs">
              {token.scopes.join(' ')}
            </Td>
            <Td label="State">
              <StatePill {...MARKS[token.state]} />
            </Td>
            <Td label="Last used" className="text-right text-ink-3 text-xs">
              <Ago at={token.lastUsedAt} />
            </Td>
            <Td label="Ends" className="text-right text-ink-3 text-xs">
              {formatMoment(token.expiresAt)}
            </Td>
            <Td wide className="text-right">
              <Button
                look="quiet"
                className="px-1.5 text-xs"
                disabled={revoke.isPending}
                blocked={token.state === 'active' ? null : 'It is over already.'}
                onClick={() => revoke.mutate({ tokenId: token.id })}
              >
                Revoke
              </Button>
            </Td>
          </Tr>
        ))}
      </Table>
    </Card>
  )
}
