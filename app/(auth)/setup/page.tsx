import type { Metadata } from 'next'
import { SetupForm } from './setup-form'

export const metadata: Metadata = { title: 'Set up', referrer: 'no-referrer' }

export default function Page() {
  return <SetupForm />
}
