/** Staged uploads: where an app may put a file, and what was put there. */
import { randomUUID } from 'node:crypto'

/** https://shopify.dev/changelog/posts/faster-bulk-operations */
export const mostUploadBytes = 100_000_000

export interface Upload {
  key: string
  /** What the form must carry, `key` among it, exactly so. */
  parameters: { name: string; value: string }[]
  file: Buffer | undefined
}

export class Uploads {
  readonly #storeId: number
  readonly #uploads = new Map<string, Upload>()

  constructor(storeId: number) {
    this.#storeId = storeId
  }

  create(filename: string, mimeType: string): Upload {
    const key = `tmp/${this.#storeId}/bulk/${randomUUID()}/${filename}`
    const date = new Date().toISOString().replace(/[-:]|\.\d+/g, '')
    const policy = {
      conditions: [{ key }, ['content-length-range', 1, mostUploadBytes]],
      expiration: new Date(Date.now() + 24 * 3_600_000).toISOString(),
    }
    const upload: Upload = {
      key,
      parameters: Object.entries({
        'Content-Type': mimeType,
        success_action_status: '201',
        acl: 'private',
        key,
        'x-goog-date': date,
        'x-goog-credential': `sandbox/${date.slice(0, 8)}/auto/storage/goog4_request`,
        'x-goog-algorithm': 'GOOG4-RSA-SHA256',
        'x-goog-signature': randomUUID().replaceAll('-', ''),
        policy: Buffer.from(JSON.stringify(policy)).toString('base64'),
      }).map(([name, value]) => ({ name, value })),
      file: undefined,
    }
    this.#uploads.set(key, upload)
    return upload
  }

  get(key: string): Upload | undefined {
    return this.#uploads.get(key)
  }

  /** The file is read once, by the operation it was put there for; a second one finds it too. */
  file(key: string): Buffer | undefined {
    return this.#uploads.get(key)?.file
  }
}
