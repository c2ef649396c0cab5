'use client'

import { type RefObject, useLayoutEffect, useRef } from 'react'

/** Puts the focus to the page's content, so that the next Tab goes on there and not at the top of the window. */
export function focusContent(): void {
  document.getElementById('content')?.focus({ preventScroll: true })
}

/** For what vanishes once its button has done its work: whoever pressed it is not left without a focus. */
export function useFocusHandover<E extends HTMLElement>(): RefObject<E | null> {
  const ref = useRef<E>(null)
  useLayoutEffect(
    () => () => {
      // Before the element leaves the document: its focus would be gone with it.
      if (ref.current?.contains(document.activeElement)) focusContent()
    },
    [],
  )
  return ref
}
