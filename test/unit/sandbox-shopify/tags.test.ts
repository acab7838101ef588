import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  complaintAbout,
  normalizeTags,
  withoutTags,
  withTags,
} from '../../../sandbox/shopify/tags.ts'

const tags = fc.array(fc.string()).map(normalizeTags)
const keys = (list: string[]) => list.map((tag) => tag.toLowerCase())

describe('tags as Shopify keeps them', () => {
  it('splits at commas, trims, drops the empty and keeps the first casing', () => {
    expect(normalizeTags(['VIP, news ', 'vip', ' ,'])).toEqual(['news', 'VIP'])
  })

  it('has each tag once, in alphabetical order, however often it was added', () => {
    fc.assert(
      fc.property(tags, tags, (before, added) => {
        const after = withTags(before, added)
        expect(new Set(keys(after)).size).toBe(after.length)
        expect(keys(after)).toEqual(keys(after).toSorted())
        expect(withTags(after, added)).toEqual(after)
        for (const tag of before) expect(after).toContain(tag)
      }),
    )
  })

  it('removes whatever casing is asked for, and nothing else', () => {
    fc.assert(
      fc.property(tags, tags, (before, removed) => {
        const gone = removed.map((tag) => tag.toLowerCase())
        const left = before.filter((tag) => !gone.includes(tag.toLowerCase()))
        expect(withoutTags(before, gone)).toEqual(left)
      }),
    )
  })

  it('complains of a 251st tag and of a 256th character', () => {
    const many = (count: number) => Array.from({ length: count }, (_, number) => `t${number}`)
    expect(complaintAbout(many(250))).toBeUndefined()
    expect(complaintAbout(many(251))).toBe('Tags cannot be more than 250')
    expect(complaintAbout(['x'.repeat(255)])).toBeUndefined()
    expect(complaintAbout(['x'.repeat(256)])).toBeDefined()
  })
})
