/** How far an operation got, in figures and in words. Pure. */

export interface Counts {
  done: number
  skipped: number
  failed: number
  waiting: number
}

export interface Progress {
  /** 0 to 100, of the runs that are over. */
  percent: number
  /** "120 of 500 · 90 done · 30 skipped". */
  text: string
}

/** `expected` is what the preview counted: more may come, and fewer. */
export function progressOf(counts: Counts, expected: number, isOver: boolean): Progress {
  const { done, skipped, failed, waiting } = counts
  const over = done + skipped + failed
  const all = isOver ? over + waiting : Math.max(expected, over + waiting)
  const parts = [
    { count: done, word: 'done' },
    { count: skipped, word: 'skipped' },
    { count: failed, word: 'failed' },
    { count: waiting, word: 'waiting' },
  ].flatMap(({ count, word }) => (count > 0 ? [`${number(count)} ${word}`] : []))
  const of = isOver ? number(over) : `${number(over)} of ${number(all)}`
  return {
    percent: all === 0 ? (isOver ? 100 : 0) : Math.floor((100 * over) / all),
    text: [`${of} ${all === 1 ? 'run' : 'runs'}`, ...parts].join(' · '),
  }
}

const number = (count: number) => count.toLocaleString('en-US')
