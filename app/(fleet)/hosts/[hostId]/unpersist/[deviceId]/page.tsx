import type { Metadata } from 'next'
import { StopKeepingPage } from './_components/stop-keeping-page'

export const metadata: Metadata = { title: 'Stop keeping over reboots' }

export default async function Page({ params }: { params: Promise<{ hostId: string; deviceId: string }> }) {
  const { hostId, deviceId } = await params
  return <StopKeepingPage hostId={hostId} deviceId={deviceId} />
}
