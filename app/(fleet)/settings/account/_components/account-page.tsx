'use client'

import { useQuery } from '@tanstack/react-query'
import { PageTitle } from '@/app/_components/page-title'
import { QueryFault } from '@/app/_components/query-fault'
import { Skeleton } from '@/app/_components/skeleton'
import { useTRPC } from '@/app/_lib/trpc'
import { roleMeanings } from '@/server/auth/vocabulary'
import { PasswordCard } from './password-card'
import { SecondFactorCard } from './second-factor-card'
import { SessionsCard } from './sessions-card'

/** What is one's own: how one signs in, and where one is signed in. */
export function AccountPage() {
  const trpc = useTRPC()
  const me = useQuery(trpc.session.me.queryOptions())
  if (me.error) return <QueryFault error={me.error} onRetry={() => void me.refetch()} />
  if (me.data === undefined) return <Skeleton className="h-40" />
  const { name, email, role } = me.data
  return (
    <>
      <PageTitle title={name} sentence={`${email}, ${role}. ${roleMeanings[role]}`} />
      <div className="grid items-start gap-4 lg:grid-cols-2">
        <SecondFactorCard me={me.data} />
        {me.data.hasPassword ? <PasswordCard /> : null}
      </div>
      <SessionsCard />
    </>
  )
}
