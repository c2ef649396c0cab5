import { z } from 'zod'

export const fleetStopSchema = z.object({
  pulled: z.boolean(),
  reason: z.string(),
  changedBy: z.string().nullable(),
  changedAt: z.date(),
})
export const fleetStopReasonInput = z.object({
  /** Shown on every page: characters that turn or hide text are taken out. */
  reason: z
    .string()
    .transform((text) => text.replace(/[\p{Cc}\p{Cf}]+/gu, ' ').trim())
    .pipe(z.string().max(500))
    .default(''),
})
