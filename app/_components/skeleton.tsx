import { clsx } from 'clsx'

/** Stands where content is about to be; appears only past 200 ms, so quick answers never flicker. */
export function Skeleton({ className }: { className?: string }) {
  return <div aria-hidden="true" className={clsx('animate-skeleton rounded-md bg-wait-bg', className)} />
}
