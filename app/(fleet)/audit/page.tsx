import type { Metadata } from 'next'
import { AuditList } from '@/app/_components/audit/audit-list'
import { PageTitle } from '@/app/_components/page-title'

export const metadata: Metadata = { title: 'Audit' }

export default function Page() {
  return (
    <>
      <PageTitle
        title="Audit"
        sentence="Who did what to what. Written together with each change, never altered."
      />
      <AuditList />
    </>
  )
}
