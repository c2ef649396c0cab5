import { z } from 'zod'

export const fleetStopSchema = z.object({
  pulled: z.boolean(),
  reason: z.string(),
  changedBy: z.string().nullable(),
  changedAt: z.date(),
})
export const setFleetStopInput = z.object({
  pulled: z.boolean(),
  reason: z.string().trim().max(500).default(''),
})
