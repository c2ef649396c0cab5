'use client'

import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Button } from '@/app/_components/button'
import { PageTitle } from '@/app/_components/page-title'
import { QueryFault } from '@/app/_components/query-fault'
import { Skeleton } from '@/app/_components/skeleton'
import { plural } from '@/app/_lib/format'
import { useTRPC } from '@/app/_lib/trpc'
import { useRefusal } from '@/app/_lib/use-refusal'
import { InvitationTable } from './invitation-table'
import { InviteCard } from './invite-card'
import { type MadeLink, OneTimeLink } from './one-time-link'
import { PeopleTable } from './people-table'
import { PolicyCard } from './policy-card'

/** Who has an account, what they may do, and how somebody comes in or goes. */
export function PeoplePage() {
  const trpc = useTRPC()
  const list = useQuery(trpc.people.list.queryOptions())
  const refusal = useRefusal('people.invite')
  const [isInviting, setIsInviting] = useState(false)
  const [link, setLink] = useState<MadeLink | null>(null)
  if (list.error) return <QueryFault error={list.error} onRetry={() => void list.refetch()} />
  if (list.data === undefined) return <Skeleton className="h-40" />
  const { people, invitations, requireSecondFactor } = list.data
  const admins = people.filter((person) => person.role === 'admin' && person.disabledAt === null).length
  return (
    <>
      <PageTitle
        title="People"
        sentence={`${plural(people.length, 'account')}, ${plural(admins, 'admin')}.`}
        actions={
          <Button look="primary" blocked={refusal} onClick={() => setIsInviting(true)}>
            Invite…
          </Button>
        }
      />
      {link ? <OneTimeLink link={link} onClose={() => setLink(null)} /> : null}
      {isInviting ? (
        <InviteCard
          onLink={(made) => {
            setIsInviting(false)
            setLink(made)
          }}
          onCancel={() => setIsInviting(false)}
        />
      ) : null}
      <PeopleTable people={people} onLink={setLink} />
      {invitations.length > 0 ? <InvitationTable invitations={invitations} /> : null}
      <PolicyCard requireSecondFactor={requireSecondFactor} people={people} />
    </>
  )
}
