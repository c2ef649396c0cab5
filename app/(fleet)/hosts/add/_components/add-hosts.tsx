'use client'

import { useState } from 'react'
import { AddHostsForm } from './add-hosts-form'
import { AddedHosts } from './added-hosts'

/** Entering, then watching: nothing is saved before the whole paste is in order. */
export function AddHosts() {
  const [added, setAdded] = useState<readonly string[] | null>(null)
  return added === null ? (
    <AddHostsForm onAdded={setAdded} />
  ) : (
    <AddedHosts hostIds={added} onMore={() => setAdded(null)} />
  )
}
