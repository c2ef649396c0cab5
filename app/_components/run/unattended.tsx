import type { ReactNode } from 'react'
import type { AttendanceWords } from '@/app/_lib/attendance-words'
import { CommandLine } from '../command-line'
import { FaultNote } from '../fault-note'

/** A run nobody looks after: what that means for the host, and what brings somebody. */
export function Unattended({ words, children }: { words: AttendanceWords; children?: ReactNode }) {
  return (
    <FaultNote tone={words.tone} message={words.message} next={words.next}>
      {words.command === null ? null : (
        <div className="w-full max-w-[340px]">
          <CommandLine label="the command that starts Daxfleet" text={words.command} />
        </div>
      )}
      {children}
    </FaultNote>
  )
}
