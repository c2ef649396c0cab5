import { Counter, Histogram } from 'prom-client'
import { processRegistry } from '@/server/metrics/process-figures'

const registers = [processRegistry()]

/** What a worker counts of its own work, for /metrics. */
export const meters = {
  samples: new Counter({
    name: 'daxfleet_samples_total',
    help: 'What hosts told of their memory: kept for the store, refused since it cannot be, or dropped.',
    labelNames: ['outcome'],
    registers,
  }),
  tasks: new Histogram({
    name: 'daxfleet_task_duration_seconds',
    help: 'How long tasks of the queue took, by task and by whether they failed.',
    labelNames: ['task', 'outcome'],
    buckets: [0.01, 0.1, 0.5, 1, 5, 15, 60, 300],
    registers,
  }),
}
for (const outcome of ['stored', 'refused', 'dropped']) meters.samples.inc({ outcome }, 0)
