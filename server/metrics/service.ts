import type { Pool } from 'pg'
import { AGENT_VERSION, PROTOCOL_VERSION } from '@/agents/protocol'
import { type MetricFamily, mergeFamilies, renderFamilies } from './exposition'
import { hostFigures, memoryFigures, operationFigures, stateFigures } from './fleet-figures'
import { readProcessFigures } from './process-figures'
import { readWorkerFigures } from './worker-figures'

/** Everything there is to scrape, as text. `perHost` adds a dozen series for each host. */
export async function renderMetrics(pg: Pool, { perHost }: { perHost: boolean }): Promise<string> {
  const families = await Promise.all([
    [buildInfo],
    memoryFigures(pg),
    stateFigures(pg),
    operationFigures(pg),
    perHost ? hostFigures(pg) : [],
    readProcessFigures({ process: 'web' }),
    readWorkerFigures(pg),
  ])
  return renderFamilies(mergeFamilies(families.flat()))
}

const buildInfo: MetricFamily = {
  name: 'daxfleet_build_info',
  help: 'Always 1; the labels say which build this is.',
  type: 'gauge',
  values: [
    {
      labels: { agent: AGENT_VERSION, protocol: PROTOCOL_VERSION, node: process.version },
      value: 1,
    },
  ],
}
