/**
 * How long the activity and home take to answer when a store has a million runs, on PostgreSQL.
 * One JSON line a screen.
 */
import { z } from 'zod'
import { AdminSession } from '../sandbox/admin-session.ts'
import { startSandbox } from '../sandbox/sandbox.ts'
import { seedFirstStore, webhookOf } from '../sandbox/seed.ts'
import { runSql, startPostgres } from '../test/harness/postgres.ts'
import { eventually } from '../test/harness/stage.ts'
import { flowPost } from './bodies.ts'
import { print } from './stage.ts'

const runs = 1_000_000
const days = 90
const loadsEach = 20
const person = 'ben.okafor@example.com'

/**
 * Copies the one real run, spread over the days: ids begin with the time, as those of the app do.
 * Every thousandth failed, every tenth was skipped; the person is that of every hundred-thousandth.
 */
const copies = `
  create temporary table copy as
  select n, now() - n * interval '${days} days' / ${runs} as at,
    lpad(to_hex((extract(epoch from now() - n * interval '${days} days' / ${runs}) * 1000)::bigint), 12, '0')
      || '7' || lpad(to_hex(n % 4096), 3, '0') || '8000' || lpad(to_hex(n), 12, '0') as hex
  from generate_series(1, ${runs}) n;

  insert into "InboundEvent" ("id", "shopId", "endpointId", "source", "dedupeKey", "metricName",
    "personKeys", "facts", "occurredAt", "receivedAt", "state", "matchedAt", "attempts", "availableAt")
  select hex::uuid, e."shopId", e."endpointId", e."source", n::text, e."metricName",
    case when n % 100000 = 0 then e."personKeys" else array[md5(n::text)] end, e."facts", at, at,
    'done', at, 0, at
  from copy, (select * from "InboundEvent" limit 1) e;

  insert into "Run" ("id", "shopId", "eventId", "ruleId", "ruleVersion", "shadow", "state", "reason",
    "problem", "why", "customerGid", "attempts", "createdAt", "finishedAt")
  select hex::uuid, r."shopId", hex::uuid, r."ruleId", 1, false,
    (case when n % 1000 = 0 then 'failed' when n % 10 = 0 then 'skipped' else 'done' end)::"RunState",
    null, null, r."why", 'gid://shopify/Customer/' || n % 50000, 1, at, at
  from copy, (select * from "Run" limit 1) r;

  insert into "Step" ("id", "runId", "shopId", "position", "kind", "state", "note", "attempts")
  select hex::uuid, hex::uuid, s."shopId", 0, s."kind", s."state", s."note", 1
  from copy, (select * from "Step" limit 1) s;
  analyze;`

const middle = `
  select "id" from "Run" order by "id" offset ${runs / 2} limit 1`

const postgres = await startPostgres()
const sandbox = await startSandbox({ port: 0, databaseUrl: postgres.url, apart: true })
try {
  await seedFirstStore(sandbox)
  const [{ shop } = { shop: '' }] = sandbox.shops
  const admin = new AdminSession(sandbox, shop)
  const { webhookUrl, headers } = await webhookOf(sandbox, shop)
  await fetch(webhookUrl, {
    method: 'POST',
    ...flowPost(Object.values(headers)[0] ?? '', 'Completed Flow', {
      eventId: 'one',
      profileId: '',
      email: person,
    }),
  })
  const found = await eventually(async () =>
    z
      .array(z.object({ ruleId: z.string() }))
      .length(1)
      .parse(await runSql(postgres.url, `select "ruleId" from "Run" where "state" = 'done'`)),
  )
  await runSql(postgres.url, copies)
  const [half] = z.array(z.object({ id: z.string() })).parse(await runSql(postgres.url, middle))

  const list = 'app.activity._index'
  const find = { intent: 'find', customer: person }
  const ofPerson = (await admin.submit('/app/activity', list, find)).headers.get('X-Remix-Redirect')
  const screens: [name: string, path: string, route: string][] = [
    ['newest runs', '/app/activity', list],
    ['half a million runs on', `/app/activity?before=${half?.id}`, list],
    ['failed runs', '/app/activity?outcome=failed', list],
    ['runs of a rule', `/app/activity?rule=${found[0]?.ruleId}`, list],
    ['runs of a person', ofPerson ?? '', list],
    ['home', '/app', 'app._index'],
  ]
  for (const [scenario, path, route] of screens) {
    const times: number[] = []
    for (let load = 0; load < loadsEach; load++) {
      const startedAt = performance.now()
      const response = await admin.load(path, route)
      await response.arrayBuffer()
      if (response.status !== 200) throw new Error(`${path}: ${response.status}`)
      times.push(performance.now() - startedAt)
    }
    times.sort((a, b) => a - b)
    print({
      bench: 'activity',
      database: 'postgresql',
      scenario,
      runs,
      p50Ms: Math.round(times[loadsEach / 2] ?? 0),
      maxMs: Math.round(times.at(-1) ?? 0),
    })
  }
} finally {
  await sandbox.close()
  await postgres.close()
}
