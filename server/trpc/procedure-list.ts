import type { AnyRouter } from '@trpc/server'
import { z } from 'zod'

/** One procedure, with the schemas it was declared with. */
export interface ListedProcedure {
  path: string
  type: 'query' | 'mutation' | 'subscription'
  /** Undefined where it takes nothing, or says nothing that can be checked. */
  input: z.ZodType | undefined
  output: z.ZodType | undefined
}

/** Every procedure of a router, by its path (`hosts.list`), in the router's order. */
export function listProcedures(router: AnyRouter): ListedProcedure[] {
  return Object.entries(router._def.procedures).map(([path, procedure]) => {
    const { type, inputs, output } = definition.parse(Reflect.get(Object(procedure), '_def'))
    if (inputs.length > 1) throw new Error(`${path} declares its input twice: say it in one schema.`)
    return { path, type, input: inputs[0], output }
  })
}

const schema = z.instanceof(z.ZodType)
const definition = z.object({
  type: z.enum(['query', 'mutation', 'subscription']),
  inputs: z.array(schema),
  output: schema.optional(),
})
