import type { Metadata } from 'next'
import { AddHosts } from './_components/add-hosts'

export const metadata: Metadata = { title: 'Add hosts' }

export default function Page() {
  return <AddHosts />
}
