/** `test.law`: something that holds for whatever fast-check thinks of. */
import * as fc from 'fast-check'
import { it } from 'vitest'

export { fc }

export const test = {
  law<T>(name: string, arbitrary: fc.Arbitrary<T>, holds: (given: T) => void): void {
    it(name, () => {
      fc.assert(fc.property(arbitrary, holds))
    })
  },
}
