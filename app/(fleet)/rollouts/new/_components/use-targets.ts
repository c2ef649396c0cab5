'use client'

import { parseAsString, useQueryStates } from 'nuqs'
import { useState, useSyncExternalStore } from 'react'
import { fitsAddress, keptList } from '@/app/_lib/kept-lists'

/**
 * The selector, in the URL as long as it fits there, so that it can be pasted to a colleague. A list of thousands of
 * names comes from this tab's own storage instead, under the key in the URL.
 */
export function useTargets(): { text: string; setText: (text: string) => void; isLost: boolean } {
  const [view, setView] = useQueryStates({ targets: parseAsString, list: parseAsString }, { throttleMs: 300 })
  const [typed, setTyped] = useState<string | null>(null)
  // The server has no storage to look into: there, and until the page is alive, the list is not known to be lost.
  const kept = useSyncExternalStore(
    neverChanges,
    () => (view.list === null ? null : keptList(view.list)),
    () => undefined,
  )
  return {
    text: typed ?? view.targets ?? kept ?? '',
    setText: (text) => {
      setTyped(text)
      void setView({ targets: text !== '' && fitsAddress(text) ? text : null, list: null })
    },
    isLost: typed === null && view.list !== null && kept === null,
  }
}

const neverChanges = () => () => {}
