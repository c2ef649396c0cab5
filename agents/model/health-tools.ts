import type { BusDevice } from './dax'
import type { DeviceHealth } from './spec'

/** What ndctl and cxl print of a modelled host's health (seen: ndctl 76, cxl 81); null where they would fail. */
export function healthOutput(
  program: string,
  words: readonly string[],
  devices: readonly BusDevice[],
): string | null {
  const name = program.slice(program.lastIndexOf('/') + 1)
  const asked = words.join(' ')
  if (name === 'ndctl' && asked === 'list -DH') {
    return json(
      devices.flatMap(({ spec, region }) =>
        spec.kind !== 'pmem' ? [] : [{ dev: `nmem${region}`, id: spec.serial, ...smart(spec.health) }],
      ),
    )
  }
  if (name !== 'cxl') return null
  const cxl = devices.filter(({ spec }) => spec.kind === 'cxl')
  if (asked === 'list -MH')
    return json(cxl.map(({ spec, region }) => ({ memdev: `mem${region}`, ...media(spec.health) })))
  const region = /^list -r (region\d+) -L$/.exec(asked)?.[1]
  if (region === undefined) return null
  return json(
    cxl.flatMap(({ spec, region: id }) =>
      `region${id}` === region ? [{ region, ...poison(spec.health) }] : [],
    ),
  )
}

const json = (objects: object[]) => (objects.length === 0 ? '' : `${JSON.stringify(objects, null, 2)}\n`)

/** A DIMM without SMART, as an emulated one, has no `health` at all. */
function smart(told: DeviceHealth | undefined) {
  if (told?.state === undefined) return {}
  const { state, lifeUsed = 0, spares = 100, dirtyShutdowns = 0, hot = false } = told
  return {
    health: {
      health_state: state,
      temperature_celsius: hot ? 91 : 31,
      spares_percentage: spares,
      alarm_temperature: hot,
      alarm_controller_temperature: false,
      alarm_spares: false,
      life_used_percentage: lifeUsed,
      shutdown_state: 'clean',
      shutdown_count: dirtyShutdowns,
    },
  }
}

function media(told: DeviceHealth | undefined) {
  if (told?.state === undefined) return {}
  const { state, lifeUsed = 0, dirtyShutdowns = 0, hot = false } = told
  return {
    health: {
      maintenance_needed: state === 'non-critical',
      performance_degraded: false,
      hw_replacement_needed: state === 'critical',
      media_normal: state !== 'fatal',
      media_data_lost: state === 'fatal',
      ext_life_used: 'normal',
      ext_temperature: hot ? 'critical' : 'normal',
      life_used_percent: lifeUsed,
      dirty_shutdowns: dirtyShutdowns,
    },
  }
}

function poison({ poison: places = 0 }: DeviceHealth = {}) {
  if (places === 0) return {}
  const errors = Array.from({ length: places }, (_, at) => ({
    offset: at * 64,
    length: 64,
    source: 'Internal',
  }))
  return { media_errors: errors }
}
