import type { z } from 'zod'
import { type HostCondition, parseHostQuery } from '@/server/hosts/query'
import { DomainError, notFound } from '@/server/lib/domain-error'
import type { ServiceContext } from '@/server/lib/service-context'
import { readBands } from './bands'
import { readFleetChart } from './fleet-chart'
import { readHostChart } from './host-chart'
import { readMap } from './map'
import type {
  CapacityMap,
  capacityMapInput,
  FleetCapacity,
  fleetCapacityInput,
  HostCapacity,
  hostCapacityInput,
} from './schema'

type Ctx = Pick<ServiceContext, 'pg'>

/** A host's memory over a time. Throws DomainError when the host is gone. */
export async function hostCapacity(
  { pg }: Ctx,
  input: z.infer<typeof hostCapacityInput>,
): Promise<HostCapacity> {
  const chart = await readHostChart(pg, input)
  if (chart === null) throw notFound('host')
  return chart
}

/** The memory of a fleet over a time, by the values of a label if asked for. Throws DomainError for a filter nobody can read. */
export async function fleetCapacity(
  { pg }: Ctx,
  input: z.infer<typeof fleetCapacityInput>,
): Promise<FleetCapacity> {
  const conditions = conditionsOf(input.filter)
  const [chart, bands] = await Promise.all([readFleetChart(pg, input, conditions), readBands(pg, input)])
  return { ...chart, bands }
}

/** Each host's memory as last heard. Throws DomainError for a filter nobody can read. */
export async function capacityMap(
  { pg }: Ctx,
  input: z.infer<typeof capacityMapInput>,
): Promise<CapacityMap> {
  return readMap(pg, conditionsOf(input.filter))
}

function conditionsOf(filter: string): HostCondition[] {
  const query = parseHostQuery(filter)
  if (!query.ok) throw new DomainError('invalid', query.error, 'Correct the filter.')
  return query.conditions
}
