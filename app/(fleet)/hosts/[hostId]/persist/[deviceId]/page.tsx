import type { Metadata } from 'next'
import { KeepPage } from './_components/keep-page'

export const metadata: Metadata = { title: 'Keep over reboots' }

export default async function Page({ params }: { params: Promise<{ hostId: string; deviceId: string }> }) {
  const { hostId, deviceId } = await params
  return <KeepPage hostId={hostId} deviceId={deviceId} />
}
