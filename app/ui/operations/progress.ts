/** How far an operation got, in figures and in words. Pure. */
import type { Certainty } from '../../operations/operation.ts'

export interface Counts {
  done: number
  skipped: number
  failed: number
  waiting: number
}

export interface Progress {
  /** 0 to 100, of the runs that are over; null = nobody knows of how many. */
  percent: number | null
  /** "120 of 500 · 90 done · 30 skipped". */
  text: string
}

/** `expected` is what the preview counted: more may come, and fewer. */
export function progressOf(
  counts: Counts,
  { expected, certainty }: { expected: number; certainty: Certainty },
  isOver: boolean,
): Progress {
  const { done, skipped, failed, waiting } = counts
  const over = done + skipped + failed
  const all = isOver ? over + waiting : Math.max(expected, over + waiting)
  const parts = [
    { count: done, word: 'done' },
    { count: skipped, word: 'skipped' },
    { count: failed, word: 'failed' },
    { count: waiting, word: 'waiting' },
  ].flatMap(({ count, word }) => (count > 0 ? [`${number(count)} ${word}`] : []))
  const of = isOver ? number(over) : `${number(over)} of ${words[certainty]}${number(all)}`
  return {
    percent: percentOf(),
    text: [`${of} ${all === 1 ? 'run' : 'runs'}`, ...parts].join(' · '),
  }

  function percentOf(): number | null {
    if (isOver) return 100
    if (certainty === 'more') return null
    return all === 0 ? 0 : Math.floor((100 * over) / all)
  }
}

const words = { exact: '', about: 'about ', more: 'more than ' }

const number = (count: number) => count.toLocaleString('en-US')
