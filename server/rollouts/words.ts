/** Why a rollout stopped, in a sentence; empty for a code that needs none. */
export function reasonText(reason: string): string {
  return sentences[reason] ?? ''
}

const sentences: Readonly<Record<string, string>> = {
  wave_hosts_failed: 'More hosts of this wave failed than the policy allows.',
  wave_devices_failed: 'More devices of this wave failed than the policy allows.',
  hosts_failed: 'More hosts failed than the policy allows.',
  devices_failed: 'More devices failed than the policy allows.',
  nothing_converted: 'Nothing of this wave was converted, so it proves nothing about the next.',
  rest_unstarted: 'What was asked for is done; other hosts of the list were never started.',
  operator: 'An operator asked for it.',
  nothing_to_convert: 'No device of the list can be converted as it is.',
}
