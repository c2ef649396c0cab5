import type { Metadata } from 'next'
import { EnterByLink } from './enter-by-link'

export const metadata: Metadata = { title: 'Signing in', referrer: 'no-referrer' }

export default function Page() {
  return <EnterByLink />
}
