import type { Metadata } from 'next'
import { HealthPolicyPage } from './_components/health-policy-page'

export const metadata: Metadata = { title: 'Health' }

export default function Page() {
  return <HealthPolicyPage />
}
