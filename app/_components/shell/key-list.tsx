import { Dialog } from '../dialog'
import { Kbd } from '../kbd'

const KEYS: readonly { title: string; keys: readonly (readonly [string, string])[] }[] = [
  {
    title: 'Everywhere',
    keys: [
      ['/', 'search hosts and actions'],
      ['Ctrl K', 'the same, also while typing (Cmd K on a Mac)'],
      ['?', 'this list'],
      ['Esc', 'close what is open'],
    ],
  },
  {
    title: 'Hosts',
    keys: [
      ['f', 'go to the filter'],
      ['j', 'next host'],
      ['k', 'previous host'],
      ['x', 'select or unselect the host'],
      ['Enter', 'open the host'],
      ['a', 'add hosts'],
    ],
  },
  {
    title: 'Rollouts',
    keys: [
      ['f', 'go to the search'],
      ['j', 'next rollout'],
      ['k', 'previous rollout'],
      ['n', 'new rollout'],
    ],
  },
  {
    title: 'Charts and maps, once they have the focus',
    keys: [
      ['← →', 'from value to value, from host to host'],
      ['↑ ↓', 'in a map: the row above or below'],
      ['Home End', 'the first, the last'],
      ['+ −', 'closer, further away'],
      ['Esc', 'back to the whole range'],
      ['Enter', 'open the host'],
    ],
  },
]

export function KeyList({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title="Keys" onClose={onClose}>
      {KEYS.map((group) => (
        <section key={group.title} className="grid gap-1.5">
          <h3 className="font-medium text-ink-3 text-xs">{group.title}</h3>
          <dl className="grid grid-cols-[72px_1fr] gap-y-1">
            {group.keys.map(([key, what]) => (
              <div key={key} className="contents">
                <dt>
                  <Kbd>{key}</Kbd>
                </dt>
                <dd className="text-ink-2">{what}</dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </Dialog>
  )
}
