/** Endpoints as ingestion needs them: by public id, secrets opened, kept in memory for seconds. */
import { prisma } from '../db/client.server.ts'
import { open } from '../secrets.server.ts'

export interface KnownEndpoint {
  id: string
  shop: string
  secrets: string[]
}

/** What every endpoint's id looks like: 15 random bytes. Nothing else reaches memory or database. */
const endpointId = /^ep_[\w-]{20}$/

// A new secret is honoured and a retired one refused within this time, in every process.
const freshForMs = 3_000

// Ids that nobody has are remembered too, but not so many that guessing fills the memory.
const mostRemembered = 10_000

const remembered = new Map<string, { endpoint: Promise<KnownEndpoint | null>; until: number }>()

/** The endpoint of that public id, or null. Rejects when the database can't be asked. */
export function findEndpoint(id: string, now = Date.now()): Promise<KnownEndpoint | null> {
  if (!endpointId.test(id)) return Promise.resolve(null)
  const known = remembered.get(id)
  if (known && known.until > now) return known.endpoint
  if (remembered.size >= mostRemembered) remembered.clear()
  const endpoint = readEndpoint(id)
  remembered.set(id, { endpoint, until: now + freshForMs })
  endpoint.catch(() => remembered.delete(id))
  return endpoint
}

async function readEndpoint(id: string): Promise<KnownEndpoint | null> {
  const row = await prisma.endpoint.findUnique({
    where: { id, shop: { uninstalledAt: null } },
    include: { secrets: true },
  })
  return (
    row && {
      id: row.id,
      shop: row.shopId,
      secrets: row.secrets.map(({ secret }) => open(row.shopId, 'EndpointSecret.secret', secret)),
    }
  )
}
