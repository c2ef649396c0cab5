import type { Metadata } from 'next'
import { FloorsPage } from './_components/floors-page'

export const metadata: Metadata = { title: 'Capacity floors' }

export default function Page() {
  return <FloorsPage />
}
