import type { Metadata } from 'next'
import { ReviewKeys } from './_components/review-keys'

export const metadata: Metadata = { title: 'Review host keys' }

export default function Page() {
  return <ReviewKeys />
}
