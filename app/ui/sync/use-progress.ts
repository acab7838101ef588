import { useFetcher, useRevalidator } from '@remix-run/react'
import { useEffect, useState } from 'react'
import type { loader } from '../../routes/app.sync.$syncId.progress.ts'
import { paceOf, sighted } from './pace.ts'
import type { Pace, Sighting } from './pace.ts'
import { metafieldsDone } from './views.ts'
import type { WatchedShown } from './views.ts'

const betweenLooksMs = 2_000

export interface Progress extends WatchedShown {
  pace: Pace
}

/** A sync as it stands now: asked for again while it is not over and the window is looked at. */
export function useProgress(loaded: WatchedShown): Progress {
  const { id } = loaded.sync
  const { data, load, state } = useFetcher<typeof loader>({ key: `progress-${id}` })
  const { revalidate } = useRevalidator()
  const [sightings, setSightings] = useState<Sighting[]>([])
  // A form's answer reloads both.
  const seen = data ?? loaded
  const isOver = seen.sync.phase === 'over'

  useEffect(() => {
    if (isOver || state !== 'idle') return
    const timer = setInterval(() => {
      if (!document.hidden) load(`/app/sync/${id}/progress`)
    }, betweenLooksMs)
    return () => clearInterval(timer)
  }, [id, isOver, load, state])

  useEffect(() => {
    if (data) setSightings((before) => sighted(before, sightingOf(data)))
  }, [data])

  // What else stands on the screen follows: the history, the figures of the report.
  const isNews = data !== undefined && data.sync.phase !== loaded.sync.phase
  useEffect(() => {
    if (isNews) revalidate()
  }, [isNews, revalidate])

  const { counts, phase } = seen.sync
  const isReadThrough = phase === 'writing'
  const goal = { expected: seen.expected, isReadThrough, toWrite: counts.toWrite }
  return { ...seen, pace: paceOf(sightings, goal) }
}

function sightingOf(watched: WatchedShown): Sighting {
  return {
    atMs: Date.now(),
    read: watched.sync.counts.profiles,
    written: metafieldsDone(watched),
  }
}
