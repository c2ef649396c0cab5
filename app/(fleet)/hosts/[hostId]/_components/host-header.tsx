'use client'

import { useMutation } from '@tanstack/react-query'
import Link from 'next/link'
import { ActButton } from '@/app/_components/act-button'
import { Ago, Lasting } from '@/app/_components/ago'
import { Button, ButtonLink } from '@/app/_components/button'
import { Bytes } from '@/app/_components/bytes'
import { StatePill } from '@/app/_components/state-pill'
import { troubleWords } from '@/app/_lib/device-words'
import { plural } from '@/app/_lib/format'
import { notify } from '@/app/_lib/notify'
import { describeFault, useTRPC } from '@/app/_lib/trpc'
import { useHostMark } from '@/app/_lib/use-host-mark'
import { useOnePress } from '@/app/_lib/use-one-press'
import type { HostDetail } from '@/server/hosts/schemas/detail'

export function HostHeader({ host }: { host: HostDetail }) {
  const trpc = useTRPC()
  const once = useOnePress()
  const probe = useMutation(
    trpc.hosts.probe.mutationOptions({
      onSuccess: (answer) => {
        if (answer.type === 'refused') notify({ tone: 'warn', message: answer.message, next: answer.next })
      },
      onError: (error) => notify({ tone: 'fail', ...describeFault(error) }),
      onSettled: once.release,
    }),
  )
  const mark = useHostMark(host)
  const rack = Object.entries(host.labels)[0]
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
      <div className="min-w-0">
        <p className="text-ink-3 text-xs">
          <Link href="/hosts" className="rounded-sm hover:text-ink hover:underline">
            Hosts
          </Link>
          {rack ? (
            <>
              {' / '}
              <Link
                href={{ pathname: '/hosts', query: { q: `label:${rack[0]}=${rack[1]}` } }}
                className="rounded-sm hover:text-ink hover:underline"
              >
                {rack[0]} {rack[1]}
              </Link>
            </>
          ) : null}
        </p>
        <h1 className="truncate font-mono font-semibold text-[19px] leading-7">{host.name}</h1>
      </div>
      <StatePill {...mark} />
      <p className="min-w-0 flex-1 basis-56 text-ink-2 text-lead">
        <Sentence host={host} />
      </p>
      <div className="flex items-center gap-2">
        <ActButton
          does="hosts.probe"
          disabled={probe.isPending}
          blocked={host.probing ? 'The host has not answered yet.' : null}
          onClick={() => once.press(() => probe.mutate({ hostId: host.id }))}
        >
          {host.probing ? 'Probing…' : 'Probe now'}
        </ActButton>
        <ConvertButton host={host} />
      </div>
    </div>
  )
}

function Sentence({ host }: { host: HostDetail }) {
  // What is so stands below, with the next action; here stands only how long it has been so.
  if (host.state === 'new' && !host.probing) return <>It has not been looked at yet.</>
  if (host.state !== 'ready')
    return (
      <>
        for <Lasting since={host.stateSince} />
        {host.lastSeenAt === null ? null : (
          <span className="text-ink-3 text-xs">
            {' '}
            · last seen <Ago at={host.lastSeenAt} />
          </span>
        )}
      </>
    )
  const what =
    host.convertibleDevices > 0 ? (
      <>
        <b className="font-semibold text-ink">
          <Bytes value={host.convertibleBytes} />
        </b>{' '}
        on {plural(host.convertibleDevices, 'device')} can become RAM
      </>
    ) : (
      <>nothing left to convert</>
    )
  return (
    <>
      {host.trouble === null ? null : <>{troubleWords(host.trouble)}; </>}
      {what}
      <span className="text-ink-3 text-xs">
        {' '}
        · read <Ago at={host.inspectedAt} />
      </span>
    </>
  )
}

function ConvertButton({ host }: { host: HostDetail }) {
  const candidates = host.devices.filter((device) => device.state === 'convertible')
  const [only] = candidates
  if (host.activeJobId !== null) {
    return (
      <ButtonLink
        look="primary"
        href={{ pathname: `/hosts/${host.id}`, query: { tab: 'runs', run: host.activeJobId } }}
      >
        Watch the run
      </ButtonLink>
    )
  }
  if (only && host.state === 'ready') {
    return (
      <ButtonLink
        look="primary"
        href={
          candidates.length === 1
            ? { pathname: `/hosts/${host.id}/convert/${only.id}` }
            : { pathname: `/hosts/${host.id}`, hash: 'devices' }
        }
      >
        Convert…
      </ButtonLink>
    )
  }
  return (
    <Button
      look="primary"
      blocked={
        host.state === 'ready'
          ? 'No device on this host can be converted; each says why.'
          : 'The host has to be ready first.'
      }
    >
      Convert…
    </Button>
  )
}
