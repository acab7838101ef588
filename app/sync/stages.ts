/** Stages of a sync side by side: each is taken a step further whenever it has something to do. */

/** `did` = look again at once; else when the pause is over, or another stage has got on. */
export type Step = 'did' | { idleMs: number }

/** Nothing will come of it by itself; another stage may bring something. */
export const idle: Step = { idleMs: Infinity }

export interface Stage {
  step(): Promise<Step>
  /** Brings to an end what must not be thrown away. */
  end?(): Promise<void>
}

/** A pause longer than this is not sat out: the slice ends and makes room for others. */
const longestWaitMs = 250

/**
 * Runs the stages until the time is over, or all of them have nothing to do for a while. Resolves
 * with how long that while is. Rejects with the first error, once all steps have ended.
 */
export async function advance(stages: readonly Stage[], until: number): Promise<number> {
  const dueAt = new Map(stages.map((stage) => [stage, 0]))
  const running = new Map<Stage, Promise<void>>()
  const failures: unknown[] = []
  let news = 0

  const take = async (stage: Stage) => {
    const known = news
    try {
      const step = await stage.step()
      if (step === 'did') news++
      if (step === 'did') for (const each of stages) dueAt.set(each, 0)
      // What another stage brought meanwhile this one may not have seen.
      else dueAt.set(stage, news === known ? Date.now() + step.idleMs : 0)
    } catch (error) {
      failures.push(error)
    } finally {
      running.delete(stage)
    }
  }
  for (;;) {
    const isOpen = () => failures.length === 0 && Date.now() < until
    for (const stage of stages) {
      const isDue = (dueAt.get(stage) ?? 0) <= Date.now()
      if (isOpen() && isDue && !running.has(stage)) running.set(stage, take(stage))
    }
    if (running.size > 0) {
      await Promise.race([...running.values(), ...pausesOf(dueAt, running)])
      continue
    }
    const waitMs = Math.max(0, Math.min(...dueAt.values()) - Date.now())
    if (isOpen() && waitMs <= longestWaitMs) {
      await pause(waitMs)
      continue
    }
    for (const stage of stages) {
      await stage.end?.().catch((error: unknown) => {
        failures.push(error)
      })
    }
    if (failures.length > 0) throw failures[0]
    return waitMs
  }
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

/** The next moment at which a stage that rests is due, if it is near. */
function pausesOf(dueAt: Map<Stage, number>, running: Map<Stage, unknown>): Promise<void>[] {
  const next = Math.min(...[...dueAt].flatMap(([stage, at]) => (running.has(stage) ? [] : [at])))
  return Number.isFinite(next) ? [pause(Math.max(1, next - Date.now()))] : []
}
