'use client'

import { Card, CardBody } from '@/app/_components/card'
import { formatCount, plural } from '@/app/_lib/format'
import type { ImportDraft } from './use-import-draft'

/** Which variables become labels is chosen one by one: an inventory may hold passwords, and labels are for all to see. */
export function AnsibleLabels({
  draft,
  found,
}: {
  draft: ImportDraft
  found: readonly { name: string; hosts: number }[]
}) {
  const chosen = new Set(draft.variables)
  const toggle = (name: string) =>
    draft.setVariables(
      chosen.has(name) ? draft.variables.filter((each) => each !== name) : [...draft.variables, name],
    )
  return (
    <Card title="Labels" meta="from the inventory">
      <CardBody className="grid gap-3">
        <label className="flex items-start gap-2">
          <input
            type="checkbox"
            checked={draft.groups}
            onChange={(event) => draft.setGroups(event.target.checked)}
            className="mt-0.5 size-3.5 accent-accent"
          />
          <span>
            Groups as labels <span className="font-mono text-ink-3 text-xs">group/web=yes</span>
          </span>
        </label>
        {found.length > 0 ? (
          <fieldset className="grid gap-1.5">
            <legend className="pb-1.5 text-ink-2">
              Variables as labels; {chosen.size === 0 ? 'none is' : `${chosen.size} are`} taken yet
            </legend>
            <div className="grid max-h-52 gap-1 overflow-auto">
              {found.map(({ name, hosts }) => (
                <label key={name} className="flex items-center gap-2">
                  <input
                    type="checkbox"
                    checked={chosen.has(name)}
                    onChange={() => toggle(name)}
                    className="size-3.5 accent-accent"
                  />
                  <span className="min-w-0 truncate font-mono text-xs">{name}</span>
                  <span className="ml-auto text-ink-3 text-xs" title={plural(hosts, 'host')}>
                    {formatCount(hosts)}
                  </span>
                </label>
              ))}
            </div>
          </fieldset>
        ) : null}
      </CardBody>
    </Card>
  )
}
