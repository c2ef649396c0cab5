'use client'

import { useMemo, useState } from 'react'
import { readShare } from '@/app/_lib/share-text'
import type { RolloutShare } from '@/server/plans/schema'
import { isOfShare, type RolloutKind, type SharePer } from '@/server/plans/vocabulary'

/** The share as it is typed: what is asked, null while it cannot be read or where whole devices are meant. */
export function useShare(kind: RolloutKind) {
  const [text, setText] = useState('')
  const [per, setPer] = useState<SharePer>('device')
  const isNeeded = isOfShare(kind)
  const { bytes, fault } = useMemo(() => readSize(text), [text])
  const asked = useMemo<RolloutShare | null>(
    () => (isNeeded && bytes !== null ? { bytes, per } : null),
    [isNeeded, bytes, per],
  )
  const blocked = !isNeeded || asked !== null ? null : (fault ?? 'Say how much first.')
  return { text, setText, per, setPer, fault, asked, blocked }
}

/** A size alone: blocks have other numbers on every host. */
function readSize(text: string): { bytes: bigint | null; fault: string | null } {
  if (text.trim() === '') return { bytes: null, fault: null }
  const read = readShare(text)
  if ('shareBytes' in read) return { bytes: read.shareBytes, fault: null }
  return { bytes: null, fault: 'Say how much, like 256 GiB.' }
}
