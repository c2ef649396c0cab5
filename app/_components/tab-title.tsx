'use client'

import { useTabTitle } from '@/app/_lib/use-tab-title'

/** The tab's title as long as this is on the page. What comes after it, or further in, may put another in its place. */
export function TabTitle({ title }: { title: string }) {
  useTabTitle(`${title} · Daxfleet`)
  return null
}
