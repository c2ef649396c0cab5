import type { Metadata } from 'next'
import { RestorePage } from './_components/restore-page'

export const metadata: Metadata = { title: 'Give back' }

export default async function Page({ params }: { params: Promise<{ hostId: string; deviceId: string }> }) {
  const { hostId, deviceId } = await params
  return <RestorePage hostId={hostId} deviceId={deviceId} />
}
