'use client'

import { useState } from 'react'
import { ActButton } from '@/app/_components/act-button'
import { Ago } from '@/app/_components/ago'
import { Card } from '@/app/_components/card'
import { StatePill } from '@/app/_components/state-pill'
import { Table, Td, Th, Tr } from '@/app/_components/table'
import { plural } from '@/app/_lib/format'
import type { Outputs } from '@/app/_lib/trpc'
import type { MadeLink } from './one-time-link'
import { PersonDialog } from './person-dialog'

export type Person = Outputs['people']['list']['people'][number]

export function PeopleTable({
  people,
  onLink,
}: {
  people: readonly Person[]
  onLink: (link: MadeLink) => void
}) {
  const [openId, setOpenId] = useState<string | null>(null)
  const open = people.find(({ id }) => id === openId)
  return (
    <Card title="Accounts" meta={plural(people.length, 'account')}>
      <Table
        label="Accounts"
        head={
          <>
            <Th>Who</Th>
            <Th>Role</Th>
            <Th>Second factor</Th>
            <Th className="text-right">Browsers</Th>
            <Th className="text-right">Tokens</Th>
            <Th className="text-right">Last seen</Th>
            <Th>
              <span className="sr-only">Actions</span>
            </Th>
          </>
        }
      >
        {people.map((person) => (
          <Tr key={person.id}>
            <Td wide>
              <span className="font-medium">{person.name}</span>{' '}
              <span className="text-ink-3 text-xs">{person.email}</span>
            </Td>
            <Td label="Role">
              {person.disabledAt === null ? (
                person.role
              ) : (
                <StatePill tone="skip" word={`Disabled ${person.role}`} />
              )}
            </Td>
            <Td label="Second factor">
              <StatePill
                {...(person.hasSecondFactor ? { tone: 'ok', word: 'On' } : { tone: 'wait', word: 'Off' })}
              />
            </Td>
            <Td label="Browsers" className="text-right">
              {person.sessions}
            </Td>
            <Td label="Tokens" className="text-right">
              {person.tokens}
            </Td>
            <Td label="Last seen" className="text-right text-ink-3 text-xs">
              <Ago at={person.lastSeenAt} never="not signed in" />
            </Td>
            <Td wide className="text-right">
              <ActButton
                does="people.setRole"
                look="quiet"
                className="px-1.5 text-xs"
                aria-label={`Change ${person.email}`}
                onClick={() => setOpenId(person.id)}
              >
                Change…
              </ActButton>
            </Td>
          </Tr>
        ))}
      </Table>
      {open ? (
        <PersonDialog
          person={open}
          onLink={(link) => {
            setOpenId(null)
            onLink(link)
          }}
          onClose={() => setOpenId(null)}
        />
      ) : null}
    </Card>
  )
}
