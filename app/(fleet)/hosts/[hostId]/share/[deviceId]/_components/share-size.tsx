'use client'

import { type FormEvent, useState } from 'react'
import { ActButton } from '@/app/_components/act-button'
import { BlockStrip } from '@/app/_components/block-strip'
import { Bytes } from '@/app/_components/bytes'
import { Card, CardBody } from '@/app/_components/card'
import { Choice } from '@/app/_components/choice'
import { TextField } from '@/app/_components/field'
import { plural } from '@/app/_lib/format'
import { readShare, roundingWords, shareFault, sharePresets } from '@/app/_lib/share-text'
import { tierOf } from '@/app/_lib/states'
import type { DeviceView } from '@/server/hosts/schemas/device'

/** How much of the device: a size with presets, or named blocks; what there is, and what would stay. */
export function ShareSize({
  device,
  blockSizeBytes,
  does,
  asked,
  onAsk,
}: {
  device: DeviceView
  blockSizeBytes: bigint
  does: 'online' | 'offline'
  asked: string | null
  onAsk: (text: string) => void
}) {
  const [text, setText] = useState(asked ?? '')
  const read = readShare(text)
  const total = BigInt(device.totalBlocks) * blockSizeBytes
  const there = does === 'offline' ? device.onlineBytes : total - device.onlineBytes
  const isEmpty = text.trim() === ''
  const fault = isEmpty
    ? null
    : 'fault' in read
      ? read.fault
      : shareFault(read, {
          daxName: device.daxName,
          blockSizeBytes,
          thereBytes: there,
          spans: device.blocks.map(({ first, last }) => [first, last]),
          does,
        })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (fault === null && !('fault' in read)) onAsk(text.trim())
  }
  const bytes = 'shareBytes' in read ? (read.shareBytes / blockSizeBytes) * blockSizeBytes : null
  const after = bytes === null ? null : device.onlineBytes + (does === 'offline' ? -bytes : bytes)
  return (
    <Card
      title="How much"
      meta={`in whole memory blocks, ${does === 'offline' ? 'the highest' : 'the lowest'} first`}
    >
      <CardBody className="grid gap-3">
        <p className="text-ink-2">
          <b className="font-semibold text-ink">
            <Bytes value={device.onlineBytes} />
          </b>{' '}
          of <Bytes value={total} /> are online: {device.onlineBlocks} of{' '}
          {plural(device.totalBlocks, 'block')}.
        </p>
        <BlockStrip
          blocks={device.blocks}
          predicted={device.predictedBlockCount}
          tier={tierOf(device.kind)}
          cells={128}
        />
        <form onSubmit={submit} className="grid gap-2.5">
          <div className="flex flex-wrap items-end gap-2">
            <div className="min-w-0 flex-1 basis-56 sm:max-w-[320px]">
              <TextField
                label={does === 'offline' ? 'Size to give back' : 'Size to bring online'}
                hint={
                  isEmpty || 'fault' in read
                    ? 'Like 256 GiB, or blocks like memory36-39.'
                    : roundingWords(read, blockSizeBytes)
                }
                error={fault}
                value={text}
                autoComplete="off"
                onChange={(event) => setText(event.target.value)}
              />
            </div>
          </div>
          <div className="flex flex-wrap gap-2">
            {sharePresets(there, blockSizeBytes).map((preset) => (
              <Choice key={preset.label} isOn={text === preset.text} onChoose={() => setText(preset.text)}>
                {preset.label}: {preset.text}
              </Choice>
            ))}
          </div>
          {after === null || after < 0n || after > total ? null : (
            <p aria-live="polite" className="text-ink-2">
              After it{' '}
              {after === total ? (
                <>
                  all of its <Bytes value={total} /> are online.
                </>
              ) : (
                <>
                  <Bytes value={after} /> of this device are online; <Bytes value={total - after} /> are
                  offline and stay with kmem.
                </>
              )}
            </p>
          )}
          {asked === null || text.trim() === asked ? null : (
            <p className="text-warn">
              What stands below is still the plan for {asked}: ask for a new one, or leave the size as it was.
            </p>
          )}
          <div>
            <ActButton
              does="plans.request"
              type="submit"
              blocked={isEmpty ? 'Say how much first.' : fault !== null ? fault : null}
            >
              Ask the host for a plan
            </ActButton>
          </div>
        </form>
      </CardBody>
    </Card>
  )
}
