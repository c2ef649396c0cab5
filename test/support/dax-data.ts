import { fileURLToPath } from 'node:url'
import { placeProgram } from './guest-program'
import type { Guest } from './guests'

const SOURCE = fileURLToPath(new URL('./dax-data/dax-data.c', import.meta.url))
const ON_GUEST = '/run/dax-data'

/** Writes to all of /dev/NAME through a mapping and reads it back; rejects with what is wrong. */
export async function useDevice(guest: Guest, name: string, sizeBytes: number): Promise<void> {
  await placeProgram(guest, SOURCE, ON_GUEST)
  await guest.text([ON_GUEST, `/dev/${name}`, String(sizeBytes)], { timeoutMs: 120_000 })
}
