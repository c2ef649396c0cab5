import { z } from 'zod'

/**
 * What stands in a backup, a line each. Rows are no JSON of ours: `=` and the text Postgres gives, which never goes through
 * JavaScript's numbers.
 */
export const headLineSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('about'),
    installationId: z.string(),
    takenAt: z.string(),
    migrations: z.array(z.string()),
  }),
  /** A file below DATA_DIR; `.env` as `restored.env`. */
  z.object({
    kind: z.literal('file'),
    path: z.string().regex(/^(keys|audit)\/[\w.-]{1,100}$|^restored\.env$/),
    base64: z.string(),
  }),
  z.object({ kind: z.literal('sequence'), name: z.string(), value: z.string() }),
  z.object({ kind: z.literal('table'), name: z.string() }),
  z.object({ kind: z.literal('end'), rows: z.number().int() }),
])
export type HeadLine = z.infer<typeof headLineSchema>

export const rowMark = '='
