import dynamic from 'next/dynamic'
import { Skeleton } from '../skeleton'

/** The map stands below the fold and asks for the whole fleet: the page above it does not wait for either. */
export const HostMap = dynamic(() => import('./host-map').then((part) => part.HostMap), {
  ssr: false,
  loading: () => <Skeleton className="h-96" />,
})
