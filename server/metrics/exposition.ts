/** All series of one name, as prom-client's getMetricsAsJSON gives them and Prometheus wants them: together. */
export interface MetricFamily {
  name: string
  help: string
  type: 'counter' | 'gauge' | 'histogram' | 'summary'
  values: MetricValue[]
}

export interface MetricValue {
  /** Of a histogram's series: the family's name and `_bucket`, `_sum` or `_count`. */
  metricName?: string
  labels: Readonly<Record<string, string | number>>
  value: number
}

/** Content-Type of the text: Prometheus' format 0.0.4, which everything that scrapes can read. */
export const EXPOSITION_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

/** Families of one name, as several processes tell them, become one: a scraper refuses a name that comes twice. */
export function mergeFamilies(families: readonly MetricFamily[]): MetricFamily[] {
  const byName = new Map<string, MetricFamily>()
  for (const family of families) {
    const known = byName.get(family.name)
    if (known === undefined) byName.set(family.name, { ...family, values: [...family.values] })
    else known.values.push(...family.values)
  }
  return [...byName.values()]
}

export function renderFamilies(families: readonly MetricFamily[]): string {
  return families
    .filter(({ values }) => values.length > 0)
    .map(({ name, help, type, values }) =>
      [
        `# HELP ${name} ${help.replace(/\\/g, '\\\\').replace(/\n/g, '\\n')}`,
        `# TYPE ${name} ${type}`,
        ...values.map(
          ({ metricName = name, labels, value }) => `${metricName}${labelsText(labels)} ${numberText(value)}`,
        ),
        '',
      ].join('\n'),
    )
    .join('')
}

function labelsText(labels: MetricValue['labels']): string {
  const pairs = Object.entries(labels)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}="${escapeLabel(String(value))}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

/** Names of hosts are what somebody typed. */
function escapeLabel(text: string): string {
  return text.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n')
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  return Number.isFinite(value) ? String(value) : value > 0 ? '+Inf' : '-Inf'
}
