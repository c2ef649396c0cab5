'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { clsx } from 'clsx'
import { ActButton } from '@/app/_components/act-button'
import { Ago } from '@/app/_components/ago'
import { Button } from '@/app/_components/button'
import { Card } from '@/app/_components/card'
import { Table, Td, Th, Tr } from '@/app/_components/table'
import { plural } from '@/app/_lib/format'
import { notify } from '@/app/_lib/notify'
import { describeFault, type Outputs, useTRPC } from '@/app/_lib/trpc'
import { useOnePress } from '@/app/_lib/use-one-press'

type Credential = Outputs['credentials']['list']['credentials'][number]

export function KeyTable({
  credentials,
  openId,
  onOpen,
  onTest,
}: {
  credentials: readonly Credential[]
  openId: string | null
  onOpen: (id: string | null) => void
  onTest: (id: string) => void
}) {
  const trpc = useTRPC()
  const queries = useQueryClient()
  const once = useOnePress()
  const remove = useMutation(
    trpc.credentials.remove.mutationOptions({
      onSuccess: async (answer) => {
        if (answer.type === 'refused') notify({ tone: 'warn', message: answer.message, next: answer.next })
        await queries.invalidateQueries({ queryKey: trpc.credentials.list.queryKey() })
      },
      onError: (error) => notify({ tone: 'fail', ...describeFault(error) }),
      onSettled: once.release,
    }),
  )
  return (
    <Card title="Stored keys" meta={plural(credentials.length, 'key')}>
      <Table
        label="Stored keys"
        head={
          <>
            <Th>Name</Th>
            <Th>Fingerprint</Th>
            <Th className="text-right">Hosts</Th>
            <Th className="text-right">Added</Th>
            <Th>
              <span className="sr-only">Action</span>
            </Th>
          </>
        }
      >
        {credentials.map((credential) => (
          <Tr key={credential.id} className={clsx(credential.id === openId && 'bg-run-bg')}>
            <Td wide className="font-medium">
              {credential.name}
            </Td>
            <Td wide label="Fingerprint" className="font-mono text-xs">
              {credential.kind === 'agent'
                ? 'keys of the ssh-agent'
                : `${credential.algorithm} ${credential.fingerprint}`}
            </Td>
            <Td label="Hosts" className="text-right">
              {credential.hostCount}
            </Td>
            <Td label="Added" className="text-right text-ink-3 text-xs">
              <Ago at={credential.createdAt} />
            </Td>
            <Td wide className="text-right">
              <Button look="quiet" className="px-1.5 text-xs" onClick={() => onTest(credential.id)}>
                Test…
              </Button>
              <Button
                look="quiet"
                className="px-1.5 text-xs"
                blocked={
                  credential.kind === 'agent' ? 'The agent has its keys, and does not tell them here.' : null
                }
                aria-expanded={credential.id === openId}
                onClick={() => onOpen(credential.id === openId ? null : credential.id)}
              >
                Public half
              </Button>
              <ActButton
                does="credentials.remove"
                look="quiet"
                className="px-1.5 text-xs"
                disabled={remove.isPending}
                blocked={
                  credential.hostCount > 0
                    ? `${plural(credential.hostCount, 'host')} would lose the way in: give them another key first.`
                    : null
                }
                onClick={() => once.press(() => remove.mutate({ credentialId: credential.id }))}
              >
                Remove
              </ActButton>
            </Td>
          </Tr>
        ))}
      </Table>
    </Card>
  )
}
