import type { Host } from '../host'
import { idsOf } from '../lib/spans'
import type { BlockSpan } from '../protocol'
import { exists } from '../read/files'

const WRITABLE = /^\/sys\/bus\/dax\/drivers\/(kmem|device_dax)\/(new_id|remove_id|bind|unbind)$/
const BLOCKS = '/sys/devices/system/memory/memory{block}/state'
const NAME = /^dax[0-9]+\.[0-9]+$/
const EINVAL = 22

/** `agent write PATH VALUE`: one write(2); its errno is the exit status. Only the files of a conversion. */
export async function writeChild(host: Host, path: string, value: string): Promise<number> {
  if (!WRITABLE.test(path) || !NAME.test(value)) return EINVAL
  return host.writeOnce(path, value)
}

function isSpans(value: unknown): value is BlockSpan[] {
  return (
    Array.isArray(value) &&
    value.every(
      (span) => Array.isArray(span) && span.length === 2 && span.every((id) => Number.isSafeInteger(id)),
    )
  )
}

/**
 * `agent write-blocks PATH VALUE SPANS STOPFILE`: writes to each block until STOPFILE is there; prints [block, errno]
 * of those that failed, and whether it stopped.
 */
export async function writeBlocksChild(
  host: Host,
  path: string,
  value: string,
  spans: string,
  stopFile: string,
): Promise<number> {
  const parsed: unknown = JSON.parse(spans)
  if (path !== BLOCKS || !/^online(_movable|_kernel)?$/.test(value) || !isSpans(parsed)) return EINVAL
  const failures: [block: number, errno: number][] = []
  let stopped = false
  for (const id of idsOf(parsed)) {
    // Between two blocks is a safe place to rest, and thousands of blocks take their time.
    stopped = await exists(host, stopFile)
    if (stopped) break
    const errno = await host.writeOnce(path.replace('{block}', String(id)), value)
    if (errno !== 0) failures.push([id, errno])
  }
  await host.out(JSON.stringify({ failures, stopped }))
  return 0
}
