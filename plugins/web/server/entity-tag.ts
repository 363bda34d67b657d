/** Whether a client has the file already (RFC 9110, section 13.1.2). @param field If-None-Match @param etag with its quotes */
export function isKnownTag(field: string | undefined, etag: string): boolean {
  return (field ?? '')
    .split(',')
    .some((one) => one.trim().replace(/^W\//, '') === etag || one.trim() === '*');
}
