import { z } from 'zod'

/** By what a device becomes system RAM as its host starts, and what came of it at the last start. */
export const comesBackSchema = z.object({
  by: z.enum(['daxfleet', 'daxctl']).nullable(),
  zone: z.string().nullable(),
  file: z.string().nullable(),
  fault: z.string().nullable(),
  isOtherProgram: z.boolean(),
  lastStart: z.object({ outcome: z.string(), message: z.string(), next: z.string() }).nullable(),
})

/** A file for the start of the host that no device answers to. */
export const lostFileSchema = z.object({ path: z.string(), why: z.string() })
