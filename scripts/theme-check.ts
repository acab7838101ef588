/**
 * Checks the theme app extension with Shopify's own linter: `npm run theme:check`. Says what is
 * wrong where, and exits with 1.
 */
import { readFile } from 'node:fs/promises'
import { relative } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { themeCheckRun } from '@shopify/theme-check-node'

const extension = fileURLToPath(new URL('../extensions/personal-content', import.meta.url))

// The linter would fetch the newest description of Liquid; a place that doesn't exist makes it take
// the one that came with it, so the verdict needs no network and changes only with the package.
process.env.SHOPIFY_TLD_ROOT = fileURLToPath(new URL('none', import.meta.url))

/** What is wrong with a theme app extension, a line each: "blocks/a.liquid:3: … (UnknownFilter)". */
export async function themeOffenses(folder: string): Promise<string[]> {
  const { theme, offenses } = await themeCheckRun(folder, 'theme-check:theme-app-extension')
  if (theme.length === 0) return [`${folder}: nothing to check`]
  return Promise.all(
    offenses.map(async ({ uri, start, message, check }) => {
      const file = fileURLToPath(uri)
      const before = (await readFile(file, 'utf8')).slice(0, start.index)
      return `${relative(folder, file)}:${before.split('\n').length}: ${message} (${check})`
    }),
  )
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const lines = await themeOffenses(extension)
  for (const line of lines) process.stderr.write(`${line}\n`)
  process.stdout.write(`Theme app extension checked, ${lines.length} problems\n`)
  process.exitCode = lines.length > 0 ? 1 : 0
}
