'use client'

import { ZonedDevicePage } from '@/app/_components/plan/zoned-device-page'

/** One device made to come back after each reboot of its host. */
export function KeepPage(ids: { hostId: string; deviceId: string }) {
  return (
    <ZonedDevicePage
      {...ids}
      kind="persist"
      verbOf={() => ({ title: 'Keep over reboots:', heading: 'Keep over reboots:' })}
      about={
        <p className="max-w-[75ch] text-ink-2">
          A file for this device, a unit of systemd and the agent itself are put on the host. As it starts,
          the unit converts the device again if it is exactly this one, and says in systemd’s journal and here
          what came of it.
        </p>
      }
    />
  )
}
