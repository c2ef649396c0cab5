import type { Metadata } from 'next'
import { HostPage } from './_components/host-page'

export const metadata: Metadata = { title: 'Host' }

export default async function Page({ params }: { params: Promise<{ hostId: string }> }) {
  const { hostId } = await params
  return <HostPage hostId={hostId} />
}
