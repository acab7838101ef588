import { cp, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { themeOffenses } from '../../../scripts/theme-check.ts'
import { extension, schemaOf } from './storefront.ts'

const folder = fileURLToPath(extension)

describe('the theme app extension', () => {
  it('passes Theme Check', async () => {
    expect(await themeOffenses(folder)).toEqual([])
  })

  it('has names that fit the theme editor', () => {
    for (const block of ['personal-content', 'hide-element'] as const)
      expect(schemaOf(block).name.length).toBeLessThan(25)
  })

  // Enforced at deployment: 100 KB of Liquid in all, 15 KB for a locale.
  it('is within the sizes that Shopify takes', async () => {
    const files = await readdir(folder, { recursive: true })
    const bytes = async (ending: string) => {
      const sizes = files
        .filter((file) => file.endsWith(ending))
        .map(async (file) => (await stat(join(folder, file))).size)
      return Promise.all(sizes)
    }
    const liquid = await bytes('.liquid')
    expect(liquid.reduce((sum, size) => sum + size, 0)).toBeLessThan(100_000)
    expect(Math.max(...(await bytes('.json')))).toBeLessThan(15_000)
  })
})

describe('a broken extension', () => {
  let broken: string

  beforeAll(async () => {
    broken = await mkdtemp(join(tmpdir(), 'theme-check-'))
    await cp(folder, broken, { recursive: true })
  })

  afterAll(() => rm(broken, { recursive: true }))

  it('is refused with file, line and reason', async () => {
    const block = join(broken, 'blocks', 'personal-content.liquid')
    const text = await readFile(block, 'utf8')
    await writeFile(
      block,
      text
        .replace("render 'audience'", "render 'audiance'")
        .replace("'content.customer_sees' | t", "'content.customer_seas' | t")
        .replace('"t:content.name"', '"t:content.title"'),
    )
    const lines = await themeOffenses(broken)
    expect(lines).toContainEqual(
      expect.stringMatching(/^blocks\/.*:6: .*audiance.*MissingTemplate/),
    )
    expect(lines).toContainEqual(expect.stringMatching(/customer_seas.*\(TranslationKeyExists\)$/))
    expect(lines).toContainEqual(expect.stringMatching(/\(ValidSchemaTranslations\)$/))
  })

  it('is refused when there is nothing to check', async () => {
    expect(await themeOffenses(join(broken, 'nowhere'))).toHaveLength(1)
  })
})
