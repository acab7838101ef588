/**
 * Checks every GraphQL document of the app against the official Admin schema, alone and repeated as
 * it is in a batch: `npm run graphql:check`. Says what is wrong where, and exits with 1.
 */
import { globSync, readFileSync } from 'node:fs'
import { NoDeprecatedCustomRule, parse, specifiedRules, validate } from 'graphql'
import { documentOf } from '../app/shopify/batch.ts'
import { loadAdminSchema } from './admin-schema.ts'

const schema = loadAdminSchema()
const rules = [...specifiedRules, NoDeprecatedCustomRule]

/** No query may cost more than 1,000 points and a mutation costs 10, so batches are no longer. */
const copies = 100

function complaintsAbout(source: string): string[] {
  try {
    const alone = validate(schema, parse(source), rules)
    if (alone.length > 0) return alone.map(({ message }) => message)
    const batch = parse(documentOf(Array.from({ length: copies }, () => source)))
    return validate(schema, batch, rules).map(({ message }) => `in a batch: ${message}`)
  } catch (error) {
    if (!(error instanceof Error)) throw error
    return [error.message]
  }
}

let checked = 0
const complaints: string[] = []
for (const file of globSync('app/**/*.{ts,tsx}', { exclude: ['app/**/generated/**'] })) {
  const code = readFileSync(file, 'utf8')
  // The tag that the type generator looks for, too.
  for (const { 1: document = '', index } of code.matchAll(/`(#graphql\s[^`]*)`/g)) {
    checked++
    const line = code.slice(0, index).split('\n').length
    complaints.push(...complaintsAbout(document).map((each) => `${file}:${line}: ${each}`))
  }
  for (const { index } of code.matchAll(/\bgraphql\(\s*[`'"](?!#graphql\s)/g)) {
    const line = code.slice(0, index).split('\n').length
    complaints.push(
      `${file}:${line}: a document without the tag #graphql is neither typed nor checked`,
    )
  }
}

for (const complaint of complaints) process.stderr.write(`${complaint}\n`)
process.stdout.write(`${checked} GraphQL documents checked, ${complaints.length} problems\n`)
process.exitCode = complaints.length > 0 || checked === 0 ? 1 : 0
