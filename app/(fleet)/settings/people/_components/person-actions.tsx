'use client'

import { useState } from 'react'
import { Button } from '@/app/_components/button'
import { useRefusal } from '@/app/_lib/use-refusal'
import type { MadeLink } from './one-time-link'
import type { Person } from './people-table'
import { PersonDialog } from './person-dialog'

/** One way in to all that can be done with an account: what each does is said where it is done. */
export function PersonActions({ person, onLink }: { person: Person; onLink: (link: MadeLink) => void }) {
  const refusal = useRefusal('people.setRole')
  const [isOpen, setIsOpen] = useState(false)
  return (
    <>
      <Button
        look="quiet"
        className="px-1.5 text-xs"
        blocked={refusal}
        aria-label={`Change ${person.email}`}
        onClick={() => setIsOpen(true)}
      >
        Change…
      </Button>
      {isOpen ? (
        <PersonDialog
          person={person}
          onLink={(link) => {
            setIsOpen(false)
            onLink(link)
          }}
          onClose={() => setIsOpen(false)}
        />
      ) : null}
    </>
  )
}
