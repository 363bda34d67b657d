/** Which form of a file a client gets (RFC 9110, section 12.5.3). */

export type Coding = 'br' | 'gzip' | 'identity';

/** The smallest first. */
const PREFERRED: readonly Exclude<Coding, 'identity'>[] = ['br', 'gzip'];

/** @param field Accept-Encoding @param offered forms that there are beside the plain one */
export function chooseCoding(field: string | undefined, offered: ReadonlySet<Coding>): Coding {
  const weights = new Map<string, number>();
  for (const part of (field ?? '').toLowerCase().split(',')) {
    const [name = '', ...parameters] = part.split(';').map((word) => word.trim());
    const weight = parameters.find((word) => word.startsWith('q='))?.slice(2);
    if (name !== '') weights.set(name, weight === undefined ? 1 : Number(weight));
  }
  const weightOf = (coding: Coding): number => weights.get(coding) ?? weights.get('*') ?? 0;
  return PREFERRED.find((coding) => offered.has(coding) && weightOf(coding) > 0) ?? 'identity';
}
