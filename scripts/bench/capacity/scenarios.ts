/** How much there is of what; the same every time, but for when it ends: now. */
export interface Scenario {
  hosts: number
  hours: number
  /** Share of the hosts that are converted at some time in it. */
  converted: number
}

/** Seconds between two readings: the default of WATCH_SECONDS. */
export const EVERY_SECONDS = 30

export const scenarios = {
  small: { hosts: 12, hours: 24, converted: 0.7 },
  'thousand-hosts': { hosts: 1_000, hours: 24, converted: 0.5 },
  'ten-thousand-hosts': { hosts: 10_000, hours: 24, converted: 0.3 },
  'ninety-days': { hosts: 100, hours: 90 * 24, converted: 0.8 },
} as const satisfies Record<string, Scenario>

export type ScenarioName = keyof typeof scenarios

export const isScenario = (name: string): name is ScenarioName => Object.hasOwn(scenarios, name)
