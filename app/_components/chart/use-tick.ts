'use client'

import { useEffect, useState } from 'react'

/** The time in whole seconds, told anew every so often while somebody looks; null stops it. */
export function useTick(everySeconds: number | null): number {
  const [now, setNow] = useState(() => floorNow(1))
  useEffect(() => {
    if (everySeconds === null) return
    const tell = () => {
      if (!document.hidden) setNow(floorNow(1))
    }
    const timer = setInterval(tell, everySeconds * 1000)
    // Who comes back sees at once what is so now.
    document.addEventListener('visibilitychange', tell)
    return () => {
      clearInterval(timer)
      document.removeEventListener('visibilitychange', tell)
    }
  }, [everySeconds])
  return now
}

const floorNow = (seconds: number) => Math.floor(Date.now() / 1000 / seconds) * seconds
