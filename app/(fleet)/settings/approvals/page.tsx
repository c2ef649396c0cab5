import type { Metadata } from 'next'
import { PolicyPage } from './_components/policy-page'

export const metadata: Metadata = { title: 'Approvals' }

export default function Page() {
  return <PolicyPage />
}
