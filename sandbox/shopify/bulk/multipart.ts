/** A form as the storage reads it: the fields before the file, and the file. */
export interface Form {
  fields: Map<string, string>
  file: Buffer | undefined
}

/** Reads `multipart/form-data`. What comes after the file is ignored, as the storage does. */
export function readForm(body: Buffer, contentType: string): Form | undefined {
  const [, quoted, bare] = /boundary=(?:"([^"]+)"|([^;\s]+))/.exec(contentType) ?? []
  const boundary = quoted ?? bare
  if (boundary === undefined) return undefined
  const form: Form = { fields: new Map(), file: undefined }
  const mark = Buffer.from(`--${boundary}`)
  const next = Buffer.from(`\r\n--${boundary}`)
  let at = body.indexOf(mark)
  if (at < 0) return undefined
  at += mark.length
  while (body.subarray(at, at + 2).toString() === '\r\n') {
    const headEnd = body.indexOf('\r\n\r\n', at)
    const end = body.indexOf(next, headEnd)
    if (headEnd < 0 || end < 0) return undefined
    const head = body.subarray(at, headEnd).toString()
    const name = /content-disposition:[^\r]*?\bname="([^"]*)"/i.exec(head)?.[1]
    const content = body.subarray(headEnd + 4, end)
    if (name === 'file') return { ...form, file: Buffer.from(content) }
    if (name !== undefined) form.fields.set(name, content.toString())
    at = end + next.length
  }
  return form
}
