import type { Metadata } from 'next'
import { RolloutPage } from './_components/rollout-page'

export const metadata: Metadata = { title: 'Rollout' }

export default async function Page({ params }: { params: Promise<{ rolloutId: string }> }) {
  const { rolloutId } = await params
  return <RolloutPage rolloutId={rolloutId} />
}
