'use client'

import { ZonedDevicePage } from '@/app/_components/plan/zoned-device-page'

/** One conversion of one device. */
export function ConvertPage(ids: { hostId: string; deviceId: string }) {
  return (
    <ZonedDevicePage
      {...ids}
      kind="convert"
      verbOf={({ state }) => ({
        title: 'Convert',
        heading: state === 'partial' ? 'Bring online' : 'Convert',
      })}
    />
  )
}
