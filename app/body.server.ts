/** The body of a request from outside, before anything is known of who sent it. */

/** The raw body, or null when it is larger than that: no more of it is ever held. */
export async function readBody(request: Request, mostBytes: number): Promise<Buffer | null> {
  if (Number(request.headers.get('Content-Length') ?? 0) > mostBytes) return null
  if (!request.body) return Buffer.alloc(0)
  const chunks: Uint8Array[] = []
  let size = 0
  const reader = request.body.getReader()
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    size += part.value.byteLength
    if (size > mostBytes) return null
    chunks.push(part.value)
  }
  return Buffer.concat(chunks)
}
