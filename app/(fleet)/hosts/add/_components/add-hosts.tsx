'use client'

import dynamic from 'next/dynamic'
import { useState } from 'react'
import { Skeleton } from '@/app/_components/skeleton'
import { AddHostsForm } from './add-hosts-form'

const AddedHosts = dynamic(() => import('./added-hosts').then((part) => part.AddedHosts), {
  ssr: false,
  loading: () => <Skeleton className="h-96" />,
})

/** Entering, then watching: nothing is saved before the whole paste is in order. */
export function AddHosts() {
  const [added, setAdded] = useState<readonly string[] | null>(null)
  return added === null ? (
    <AddHostsForm onAdded={setAdded} />
  ) : (
    <AddedHosts hostIds={added} onMore={() => setAdded(null)} />
  )
}
