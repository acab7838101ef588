/** What an undo would take back, in sentences. Pure. */

interface Preview {
  runs: number
  undoneBefore: number
  effects: Effect[]
}

interface Effect {
  title: string
  count: number
  lost: { reason: string; count: number }[]
}

const number = (count: number) => count.toLocaleString('en-US')
const runs = (count: number) => (count === 1 ? '1 run' : `${number(count)} runs`)

/** How many runs, and what about the others. */
export function summaryOf({ runs: count, undoneBefore }: Preview): string {
  const before =
    undoneBefore === 0
      ? ''
      : ` ${runs(undoneBefore)} ${undoneBefore === 1 ? 'was' : 'were'} undone before.`
  return count === 0
    ? `There is nothing to undo here.${before}`
    : `${runs(count)} can be undone.${before}`
}

/** "Add tags: 214 times", or "Send a webhook: 0 of 214. A webhook that was sent can’t be taken back." */
export function lineOf({ title, count, lost }: Effect): string {
  const all = lost.reduce((sum, each) => sum + each.count, count)
  const share =
    lost.length === 0
      ? all === 1
        ? 'once'
        : `${number(all)} times`
      : `${number(count)} of ${number(all)}`
  const [only, ...others] = lost
  const reasons =
    only && others.length === 0
      ? [only.count === 1 || count === 0 ? only.reason : `${number(only.count)}: ${only.reason}`]
      : lost.map((each) => `${number(each.count)}: ${each.reason}`)
  return [`${title}: ${share}`, ...reasons].join('. ').replaceAll('..', '.')
}

/** Whether anything would be done at all. */
export const hasEffect = ({ effects }: Preview): boolean => effects.some(({ count }) => count > 0)
