import { z } from 'zod'
import { HAZARD_CODES, REFUSAL_CODES } from '@/agents/protocol'
import { decimal, id, manyBlocks, text, told, word } from './bounds'

// What readings and plan items are both made of, as a host may tell it.
export const sha256 = z.string().regex(/^[0-9a-f]{64}$/)
export const uid = z
  .number()
  .int()
  .min(0)
  .max(2 ** 32)

export const refusal = z.object({ code: z.enum(REFUSAL_CODES), message: text, next: text })
export const hazard = z.object({ code: z.enum(HAZARD_CODES), message: text })
export const span = z.tuple([id, id]).refine(([first, last]) => first <= last, 'runs backwards')
export const range = z.object({ start: decimal, end: decimal })
export const blockState = z.enum(['online', 'offline', 'going-offline', 'unknown'])
export const blockRun = z
  .object({
    first: id,
    last: id,
    state: blockState,
    zones: told(0, 100),
    node: id.nullable(),
  })
  .refine(({ first, last }) => first <= last, 'runs backwards')
export const blockRuns = z.array(blockRun).max(manyBlocks)
export const spans = z.array(span).max(manyBlocks)
export const deviceKind = z.enum(['pmem', 'cxl', 'hmem', 'unknown'])
export const deviceId = told(0, 1_024)
export const identity = z.object({
  id: deviceId,
  detail: z.array(z.object({ label: word, value: word })).max(100),
})
export const prediction = z.object({
  usableBytes: decimal,
  lostBytes: decimal,
  memmapBytes: decimal,
  memmapFrom: z.enum(['normal', 'device']),
  blockCount: id,
  blocks: spans,
})
export const kmem = z.enum(['loaded', 'builtin', 'loadable', 'missing', 'blacklisted'])

export const daxName = z.string().regex(/^dax\d{1,6}\.\d{1,6}$/)
