'use client'

import type { ComponentProps } from 'react'
import { useRefusal } from '@/app/_lib/use-refusal'
import type { ProcedurePath } from '@/server/auth/permissions'
import { Button } from './button'

/** A button that calls a procedure: where the person's role does not reach, it stays in view and says so. */
export function ActButton({
  does,
  blocked,
  ...rest
}: ComponentProps<typeof Button> & { /** What it leads to. */ does: ProcedurePath }) {
  const refusal = useRefusal(does)
  return <Button {...rest} blocked={refusal ?? blocked} />
}
