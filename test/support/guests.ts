import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, inject, onTestFailed } from 'vitest'
import { type Guest, type GuestSpec, type Lab, openLab } from '@/scripts/lab/lab'
import type {} from './guests-setup'

export type { Guest, GuestSpec, Lab } from '@/scripts/lab/lab'

/** `describe` for what needs guests: skipped where the machine has none (never under CI). */
export const describeWithGuests: typeof describe.skip = inject('guests').available ? describe : describe.skip

/** As `describeWithGuests`, for guests of kind full: their root is built as root, so an ordinary user goes without. */
export const describeWithFullGuests: typeof describe.skip =
  process.getuid?.() === 0 || process.env.CI === 'true' ? describeWithGuests : describe.skip

/** A lab in a folder of its own, whose path holds a space. Close it with `closeTestLab`. */
export async function openTestLab(): Promise<Lab> {
  const guests = inject('guests')
  if (!guests.available) throw new Error(guests.why)
  const dir = await mkdtemp(join(tmpdir(), 'daxfleet lab '))
  return openLab({ dir, cache: guests.cache, log: (sentence) => console.log(sentence) })
}

/** Pulls every guest's plug and removes the lab's folder. */
export async function closeTestLab(lab: Lab): Promise<void> {
  await lab.close({ atOnce: true })
  await rm(lab.dir, { recursive: true, force: true })
}

/**
 * One guest for the tests of the surrounding `describe` (or file): powered on before them, gone after them, its
 * console shown when a test fails. Returns a getter, since the guest does not exist before the tests run.
 */
export function useGuest(spec: GuestSpec): () => Guest {
  let lab: Lab | undefined
  let guest: Guest | undefined
  beforeAll(async () => {
    lab = await openTestLab()
    guest = await lab.start(spec)
  })
  beforeEach(() => {
    onTestFailed(() => console.error(`--- console of ${spec.name} ---\n${guest?.console()}`))
  })
  afterAll(async () => {
    if (lab !== undefined) await closeTestLab(lab)
  })
  return () => {
    if (guest === undefined) throw new Error(`Guest ${spec.name} has not been started yet`)
    return guest
  }
}
