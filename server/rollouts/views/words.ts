/** Why a rollout stopped, in a sentence; empty for a code that needs none. */
export function reasonText(reason: string): string {
  return sentences[reason] ?? ''
}

const sentences: Readonly<Record<string, string>> = {
  wave_hosts_failed: 'More hosts of this wave failed than the policy allows.',
  wave_devices_failed: 'More devices of this wave failed than the policy allows.',
  hosts_failed: 'More hosts failed than the policy allows.',
  devices_failed: 'More devices failed than the policy allows.',
  nothing_converted: 'Nothing of this wave came out well, so it proves nothing about the next.',
  rest_unstarted: 'What was asked for is done; other hosts of the list were never started.',
  operator: 'An operator asked for it.',
  approval_expired: 'The approval of two people ran out before every host had begun: make the rollout anew.',
  nothing_to_convert: 'No device of the list can be converted as it is.',
  nothing_to_restore: 'No device of the list can be given back as it is.',
  nothing_to_bring_online: 'No device of the list has that share to bring online.',
  nothing_to_take_offline: 'No device of the list has that share to give back.',
  fleet_floor:
    'Giving all of it back would leave the fleet with less memory available than its capacity floor.',
}

/** What a cause means that is the host's and not a device's; undefined where a device's own words say it. */
export function causeWords(cause: string): { message: string; next: string } | undefined {
  return causes[cause]
}

const causes: Readonly<Record<string, { message: string; next: string }>> = {
  deadline: {
    message: 'The host did not come to its end within the time the policy gives it.',
    next: 'Look at what its devices say; retry it, or give hosts more time in a new rollout.',
  },
  not_as_converted: {
    message: 'Looked at again after the soak, the host was not as its run had left it.',
    next: 'Open the host: its page shows what the kernel reads now.',
  },
  no_answer_after_soak: {
    message: 'The host did not answer when it was looked at again after the soak.',
    next: 'Check that it is up and can be reached, then probe it.',
  },
  fleet_stop: {
    message: 'The fleet-wide stop was pulled until the host’s time was over. Nothing was written.',
    next: 'Release the stop, then retry.',
  },
  aborted: {
    message: 'The rollout was aborted before the host’s turn was over.',
    next: 'Retry it, or leave it as it is.',
  },
  host_not_ready: {
    message: 'The host could not be asked to do anything: it was not ready when its turn came.',
    next: 'Open the host: its page says what stands in the way. Then retry.',
  },
}
