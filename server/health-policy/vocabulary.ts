import { HEALTH_STATES, type HealthFact, type RuledFact } from '@/agents/protocol'

/** A device's health by the policy, from best to worst; `unknown` where nothing of it could be read. */
export const deviceHealthStates = ['unknown', 'ok', 'warn', 'block'] as const
export type DeviceHealthState = (typeof deviceHealthStates)[number]

interface FactWords {
  /** As a heading. */
  title: string
  /** What is counted, after the number. */
  unit: string
  /** What a rule of it is for, in a sentence. */
  about: string
  /** The highest threshold that means anything. */
  most: number
}

/** What each fact is called, and what the people who set its rule should know. */
export const factWords: Readonly<Record<RuledFact, FactWords>> = {
  poison: {
    title: 'Poison',
    unit: 'places',
    about:
      'Places of a CXL region that the device knows to be damaged: as RAM, touching one kills a process or the host.',
    most: 1_000_000,
  },
  health_state: {
    title: 'Health state',
    unit: '',
    about: 'What the DIMM or the CXL device says of itself.',
    most: HEALTH_STATES.length - 1,
  },
  life_used: {
    title: 'Life used',
    unit: '%',
    about: 'How much of its rated life is used up.',
    most: 100,
  },
  spares: {
    title: 'Spares left',
    unit: '%',
    about: 'Spare capacity that is left of an NVDIMM. It counts downwards: at the threshold, or below it.',
    most: 100,
  },
  alarms: {
    title: 'Alarms',
    unit: 'alarms',
    about: 'Temperature, spares, life used or corrected errors past the threshold of the device itself.',
    most: 100,
  },
  dirty_shutdowns: {
    title: 'Dirty shutdowns',
    unit: 'times',
    about:
      'Power losses that the device did not survive in order. It takes data on persistent memory, none of RAM.',
    most: 1_000_000,
  },
  firmware_flags: {
    title: 'Firmware flags',
    unit: 'flags',
    about:
      'What the firmware of the host flags on a DIMM: saving, restoring or flushing failed, not armed, not mapped.',
    most: 100,
  },
  link_errors: {
    title: 'Link errors',
    unit: 'errors',
    about: 'Uncorrected and fatal errors on the PCIe link of a CXL device since the host started.',
    most: 1_000_000,
  },
  region_state: {
    title: 'Region not committed',
    unit: '',
    about: 'A CXL region whose decoders are not committed.',
    most: 1,
  },
  unreadable: {
    title: 'Not readable',
    unit: '',
    about: 'Health that could not be asked for: no ndctl or cxl on the host, or no answer from the device.',
    most: 1,
  },
}

/** A fact's value in words: `fatal`, `96 %`, `2 places`. */
export function factValue({ fact, value, detail }: Pick<HealthFact, 'fact' | 'value' | 'detail'>): string {
  const more = detail === '' ? '' : `: ${detail}`
  switch (fact) {
    case 'bad_blocks':
      return `${value} sectors`
    case 'health_state': {
      const state = HEALTH_STATES[value] ?? 'unknown'
      return detail === state ? state : `${state}${more}`
    }
    case 'region_state':
    case 'unreadable':
      return detail
    case 'life_used':
    case 'spares':
      return `${value} %`
    case 'link_errors':
      return `${value} ${detail}`
    default: {
      const { unit } = factWords[fact]
      return `${value} ${value === 1 ? unit.replace(/s$/, '') : unit}${more}`
    }
  }
}

export const badBlocksTitle = 'Bad blocks'
