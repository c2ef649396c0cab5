'use client'

import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { plural } from '@/app/_lib/format'
import { useTRPC } from '@/app/_lib/trpc'
import { Card, CardBody } from '../card'
import { Segments, Toggle } from '../chart/segments'
import { QueryFault } from '../query-fault'
import { Skeleton } from '../skeleton'
import { groupHosts, labelKeys } from './group-hosts'
import { GroupPicker } from './group-picker'
import { MapLegend } from './map-legend'
import { COLOURINGS, type Colouring, SIZINGS, type Sizing } from './map-paths'
import { MapSquares } from './map-squares'
import { MapTable } from './map-table'
import { useMapView } from './use-map-view'

const COLOUR_WORDS: Record<Colouring, string> = { tier: 'Tier share', free: 'Free share', state: 'State' }
const SIZE_WORDS: Record<Sizing, string> = { same: 'Same size', capacity: 'By capacity' }

/** About as often as hosts tell of themselves. */
const REFRESH_MS = 30_000

/**
 * The whole fleet at a glance: every host a square, grouped by a label. While a filter cannot be read, what it was last
 * read as stays.
 */
export function HostMap({ filter = '', isReadable = true }: { filter?: string; isReadable?: boolean }) {
  const trpc = useTRPC()
  const [view, setView] = useMapView()
  const query = useQuery(
    trpc.capacity.map.queryOptions(
      { filter },
      { enabled: isReadable, refetchInterval: REFRESH_MS, placeholderData: keepPreviousData },
    ),
  )
  const { data: map } = query
  const keys = useMemo(() => (map ? labelKeys(map) : []), [map])
  const label = view.group === null ? (keys[0] ?? null) : view.group === '' ? null : view.group
  const groups = useMemo(() => (map ? groupHosts(map, label) : []), [map, label])
  if (query.error && !map) return <QueryFault error={query.error} onRetry={() => void query.refetch()} />
  return (
    <Card
      title="Hosts"
      meta={map ? plural(map.ids.length, 'host') : null}
      aside={
        <div className="flex flex-wrap items-center gap-2">
          <GroupPicker keys={keys} value={label} onValue={(group) => void setView({ group: group ?? '' })} />
          <Segments
            label="Coloured by"
            values={COLOURINGS}
            words={COLOUR_WORDS}
            value={view.colour}
            onValue={(colour) => void setView({ colour })}
          />
          <Segments
            label="Size of a square"
            values={SIZINGS}
            words={SIZE_WORDS}
            value={view.size}
            onValue={(size) => void setView({ size })}
          />
          <Toggle
            label="Table of groups"
            pressed={view.maptable}
            onPress={() => void setView({ maptable: view.maptable ? null : true })}
          />
        </div>
      }
    >
      {map === undefined ? (
        <Skeleton className="m-3.5 h-40" />
      ) : view.maptable ? (
        <MapTable map={map} groups={groups} label={label} filter={filter} />
      ) : (
        <CardBody className="grid gap-2">
          <MapLegend map={map} colour={view.colour} />
          <MapSquares
            map={map}
            groups={groups}
            label={label}
            filter={filter}
            colour={view.colour}
            size={view.size}
          />
        </CardBody>
      )}
    </Card>
  )
}
