import { createSetupLink, needsSetup } from '@/server/auth/setup-link'
import type { Config } from '@/server/lib/config'
import { db } from '@/server/lib/db'

/** The last words of a start: where it is, a one-time link while there is no account yet, and what to do next. */
export async function welcome(
  settings: Config,
  { demo, lab }: { demo: boolean; lab: readonly string[] },
): Promise<string> {
  const fresh = await needsSetup({ db: db() })
  const link = fresh ? await createSetupLink({ db: db() }) : undefined
  await db().$disconnect()
  const lines = [
    '',
    `Daxfleet is ready: ${settings.origin}`,
    ...(link === undefined
      ? []
      : [`Make the first account (once, within ten minutes): ${settings.origin}${link.path}`]),
    ...(demo ? ['', ...lab] : []),
    '',
    'Ctrl-C stops everything.',
  ]
  return lines.join('\n')
}
