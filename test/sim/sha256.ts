import { createHash } from 'node:crypto'

/** The model's own is written for the agent's compiler; this one is faster. */
export const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
