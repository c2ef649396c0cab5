import Link from 'next/link'
import { groupFilter, groupName } from './group-hosts'

/** A group's name, which leads to the list of its hosts; the rest of many groups is no list. */
export function GroupLink({
  label,
  group,
  filter,
}: {
  label: string | null
  group: { name: string | null; folded: number }
  filter: string
}) {
  const query = groupFilter(label, group, filter)
  const name = groupName(label, group)
  if (query === null) return <span className="truncate text-ink-3 text-xs">{name}</span>
  return (
    <Link
      href={{ pathname: '/hosts', query: query === '' ? {} : { q: query } }}
      prefetch={false}
      title={query}
      className="truncate rounded-sm font-mono text-xs underline decoration-line-strong underline-offset-4 hover:decoration-accent"
    >
      {name}
    </Link>
  )
}
