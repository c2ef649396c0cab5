import type { Metadata } from 'next'
import { SharePage } from './_components/share-page'

export const metadata: Metadata = { title: 'Part of a device' }

export default async function Page({ params }: { params: Promise<{ hostId: string; deviceId: string }> }) {
  const { hostId, deviceId } = await params
  return <SharePage hostId={hostId} deviceId={deviceId} />
}
