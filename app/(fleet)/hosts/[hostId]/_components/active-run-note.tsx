'use client'

import type { ReactNode } from 'react'
import { Unattended } from '@/app/_components/run/unattended'
import { attendanceWords } from '@/app/_lib/attendance-words'
import { useActiveRun } from '@/app/_lib/use-active-run'
import type { HostDetail } from '@/server/hosts/schema'

/** Speaks up while nobody looks after the host's run; `otherwise` stands there the rest of the time. */
export function ActiveRunNote({ host, otherwise }: { host: HostDetail; otherwise: ReactNode }) {
  const job = useActiveRun(host)
  const words = job ? attendanceWords(job) : null
  return words === null ? otherwise : <Unattended words={words} />
}
