'use client'

import { useRef } from 'react'

/** Lets one press through until it is released: the second click of a double click comes before the next drawing. */
export function useOnePress(): { press: (act: () => void) => void; release: () => void } {
  const isDown = useRef(false)
  return {
    press(act) {
      if (isDown.current) return
      isDown.current = true
      act()
    },
    release() {
      isDown.current = false
    },
  }
}
