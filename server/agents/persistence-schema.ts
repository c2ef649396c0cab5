import { z } from 'zod'
import type { Persistence } from '@/agents/protocol'
import { decimal, manyItems, text, told, word } from './bounds'
import { fileState } from './item-schema'

const deviceId = told(0, 1_024)

/** What comes back after a restart, and what came back after the last, as a host tells it. */
export const persistenceSchema = z.object({
  devices: z
    .array(
      z.object({
        path: word,
        deviceId: deviceId.nullable(),
        sizeBytes: decimal.nullable(),
        zone: word.nullable(),
        fault: text.nullable(),
      }),
    )
    .max(manyItems),
  fault: text.nullable(),
  files: z.array(fileState).max(manyItems).exactOptional(),
  agentSha256: word.nullable().exactOptional(),
  lastBoot: z
    .object({
      bootId: word,
      isOver: z.boolean(),
      results: z
        .array(
          z.object({
            path: word,
            deviceId: deviceId.nullable(),
            jobId: word.nullable(),
            outcome: z.enum([
              'converted',
              'already',
              'partial',
              'refused',
              'failed',
              'stranded',
              'cancelled',
            ]),
            message: text,
            next: text,
          }),
        )
        .max(manyItems),
    })
    .nullable(),
  daxctl: z.array(z.object({ file: word, uuid: word, acts: z.boolean() })).max(manyItems),
}) satisfies z.ZodType<Persistence>
