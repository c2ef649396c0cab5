'use client'

import { useQuery } from '@tanstack/react-query'
import type { ProcedurePath } from '@/server/auth/permissions'
import { useTRPC } from './trpc'

/**
 * Why the person who looks may not do this, in the server's words; null when they may, or while that is not known. For the
 * eye alone: what is not allowed stays in view and says so, and it is the server that refuses.
 */
export function useRefusal(path: ProcedurePath): string | null {
  const trpc = useTRPC()
  const { data: me } = useQuery(trpc.session.me.queryOptions())
  return me?.refused[path] ?? null
}
