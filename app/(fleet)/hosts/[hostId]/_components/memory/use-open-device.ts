'use client'

import { parseAsString, useQueryState } from 'nuqs'

export function useOpenDevice() {
  return useQueryState('device', parseAsString)
}
