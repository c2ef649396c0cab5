import type { Metadata } from 'next'
import { JoinForm } from './join-form'

export const metadata: Metadata = { title: 'Choose a password', referrer: 'no-referrer' }

export default function Page() {
  return <JoinForm />
}
