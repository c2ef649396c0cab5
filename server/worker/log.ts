/** The worker's log is everybody's. */
export { createLog, type Log, textOf } from '@/server/lib/log'
