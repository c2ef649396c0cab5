import type { Metadata } from 'next'
import { ConvertPage } from './_components/convert-page'

export const metadata: Metadata = { title: 'Convert' }

export default async function Page({ params }: { params: Promise<{ hostId: string; deviceId: string }> }) {
  const { hostId, deviceId } = await params
  return <ConvertPage hostId={hostId} deviceId={deviceId} />
}
