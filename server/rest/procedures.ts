import { type ListedProcedure, listProcedures } from '@/server/trpc/procedure-list'
import { appRouter } from '@/server/trpc/root'
import { checkRestRoutes } from './routes'
import { type WireSchema, wireSchema } from './wire'

const procedures = new Map(listProcedures(appRouter).map((procedure) => [procedure.path, procedure]))
checkRestRoutes([...procedures.keys()])

const inputs = new Map<string, WireSchema>()

/** What a procedure takes, as JSON schema; undefined when it takes nothing. */
export function inputSchemaOf(path: string): WireSchema | undefined {
  const { input } = procedureAt(path)
  if (input === undefined) return undefined
  const known = inputs.get(path) ?? wireSchema(input, 'input')
  inputs.set(path, known)
  return known
}

/** What it answers, as JSON schema. */
export function outputSchemaOf(path: string): WireSchema {
  const { output } = procedureAt(path)
  return output === undefined ? {} : wireSchema(output, 'output')
}

export function isMutation(path: string): boolean {
  return procedureAt(path).type === 'mutation'
}

function procedureAt(path: string): ListedProcedure {
  const procedure = procedures.get(path)
  if (procedure === undefined) throw new Error(`${path} is no procedure`)
  return procedure
}
