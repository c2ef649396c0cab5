import { useLayoutEffect, useRef } from 'react'
import { Skeleton } from '@/app/_components/skeleton'

/** A row that is on its way while one scrolls fast. */
export function MatrixGap({ topPx }: { topPx: number }) {
  const ref = useRef<HTMLTableRowElement>(null)
  useLayoutEffect(() => {
    if (ref.current) ref.current.style.transform = `translateY(${topPx}px)`
  }, [topPx])
  return (
    <tr ref={ref} className="absolute inset-x-0 top-0 flex h-7 items-center border-line border-b px-3.5">
      <td className="flex-1">
        <Skeleton className="h-3" />
      </td>
    </tr>
  )
}
