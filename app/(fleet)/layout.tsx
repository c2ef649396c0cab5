import type { ReactNode } from 'react'
import { Shell } from '@/app/_components/shell/shell'

export default function FleetLayout({ children }: { children: ReactNode }) {
  return <Shell>{children}</Shell>
}
