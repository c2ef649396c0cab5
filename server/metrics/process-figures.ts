import { collectDefaultMetrics, Registry } from 'prom-client'
import type { MetricFamily } from './exposition'

// Kept on globalThis: a development server that reloads modules must not begin a second one.
const held = globalThis as { daxfleetRegistry?: Registry }

/** What this process counts of itself: processor, memory, event loop, and what its own code adds. */
export function processRegistry(): Registry {
  if (held.daxfleetRegistry === undefined) {
    held.daxfleetRegistry = new Registry()
    collectDefaultMetrics({ register: held.daxfleetRegistry })
  }
  return held.daxfleetRegistry
}

/** prom-client calls these gauges `_total`, which promtool refuses, and they tell nothing that others do not. */
const misnamed = /^nodejs_active_(handles|requests|resources)/

/** As they are now, each with `labels` that tell this process from the others. */
export async function readProcessFigures(labels: Record<string, string>): Promise<MetricFamily[]> {
  const families = (await processRegistry().getMetricsAsJSON()) as unknown as MetricFamily[]
  return families
    .filter(({ name }) => !misnamed.test(name))
    .map(({ name, help, type, values }) => ({
      name,
      help,
      type,
      values: values.map((value) => ({ ...value, labels: { ...labels, ...value.labels } })),
    }))
}
